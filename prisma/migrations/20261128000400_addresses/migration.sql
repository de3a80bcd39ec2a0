-- Addresses that a resource had before, the chosen language of a draft, and measures and smaller copies of pictures.
CREATE TABLE "resource_address" (
    "creator_id" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "resource_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "resource_address_pkey" PRIMARY KEY ("creator_id","slug")
);
ALTER TABLE "resource_address" ADD CONSTRAINT "resource_address_creator_id_resource_id_fkey"
  FOREIGN KEY ("creator_id", "resource_id") REFERENCES "resource"("creator_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "article_draft" ADD COLUMN "language" TEXT;
ALTER TABLE "article_draft" ADD CONSTRAINT "article_draft_language_check" CHECK (length("language") BETWEEN 2 AND 35);

ALTER TABLE "article_picture" ADD COLUMN "width" INTEGER, ADD COLUMN "height" INTEGER, ADD COLUMN "of_digest" BYTEA;
ALTER TABLE "article_picture" ADD CONSTRAINT "article_picture_size_check" CHECK ("width" > 0 AND "height" > 0);

GRANT SELECT ON "resource_address" TO "satstile_gate", "satstile_web", "satstile_jobs";
GRANT INSERT ON "resource_address" TO "satstile_web";
ALTER TABLE "resource_address" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "web_own" ON "resource_address" TO "satstile_web"
  USING ("creator_id" = current_creator()) WITH CHECK ("creator_id" = current_creator());
CREATE POLICY "zones_all" ON "resource_address" TO "satstile_gate", "satstile_jobs" USING (true) WITH CHECK (true);
