-- Addresses that a resource had before, the chosen language of a draft, measures and smaller copies of pictures, and what was
-- put on sale each time.
CREATE TABLE "resource_address" (
    "creator_id" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "resource_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "resource_address_pkey" PRIMARY KEY ("creator_id","slug")
);
ALTER TABLE "resource_address" ADD CONSTRAINT "resource_address_creator_id_resource_id_fkey"
  FOREIGN KEY ("creator_id", "resource_id") REFERENCES "resource"("creator_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "resource_address" ADD CONSTRAINT "resource_address_slug_form" CHECK ("slug" ~ '^[a-z0-9]([a-z0-9-]{0,78}[a-z0-9])?$');

ALTER TABLE "article_draft" ADD COLUMN "language" TEXT;
ALTER TABLE "article_draft" ADD CONSTRAINT "article_draft_language_form"
  CHECK ("language" ~ '^[A-Za-z0-9-]{2,35}$');

ALTER TABLE "article_picture" ADD COLUMN "width" INTEGER, ADD COLUMN "height" INTEGER, ADD COLUMN "of_digest" BYTEA;
ALTER TABLE "article_picture" ADD CONSTRAINT "article_picture_has_pixels" CHECK ("width" > 0 AND "height" > 0),
  ADD CONSTRAINT "article_picture_copy_of_another" CHECK ("of_digest" <> "digest" AND octet_length("of_digest") = 32);

GRANT SELECT ON "resource_address" TO "satstile_gate", "satstile_web", "satstile_jobs";
GRANT INSERT ON "resource_address" TO "satstile_web";
ALTER TABLE "resource_address" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "web_own" ON "resource_address" TO "satstile_web"
  USING ("creator_id" = current_creator()) WITH CHECK ("creator_id" = current_creator());
CREATE POLICY "zones_all" ON "resource_address" TO "satstile_gate", "satstile_jobs" USING (true) WITH CHECK (true);

CREATE TABLE "article_version" (
    "creator_id" TEXT NOT NULL,
    "resource_id" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "title" TEXT NOT NULL,
    "lead" TEXT NOT NULL,
    "language" TEXT,
    "markdown" TEXT NOT NULL,
    "cut_block" INTEGER NOT NULL,
    "published_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "article_version_pkey" PRIMARY KEY ("creator_id","resource_id","revision")
);
ALTER TABLE "article_version" ADD CONSTRAINT "article_version_creator_id_resource_id_fkey"
  FOREIGN KEY ("creator_id", "resource_id") REFERENCES "resource"("creator_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "article_version" ADD CONSTRAINT "article_version_cut_inside" CHECK ("cut_block" >= 0 AND "revision" > 0);
-- What is on sale already is taken to be its draft.
INSERT INTO "article_version" ("creator_id", "resource_id", "revision", "title", "lead", "markdown", "cut_block")
  SELECT "creator_id", "resource_id", "revision", "article_draft"."title", "article_draft"."lead", "markdown", "cut_block"
  FROM "article_draft" JOIN "resource" USING ("creator_id") WHERE "id" = "resource_id" AND "published_at" IS NOT NULL;

GRANT SELECT, INSERT ON "article_version" TO "satstile_web";
ALTER TABLE "article_version" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "web_own" ON "article_version" TO "satstile_web"
  USING ("creator_id" = current_creator()) WITH CHECK ("creator_id" = current_creator());
