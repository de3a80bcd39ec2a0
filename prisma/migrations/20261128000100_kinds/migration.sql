-- ---------------------------------------------------------------------------------------------------------------------
-- Resource: a noun of any kind. What an article is in bytes and words stands in a table of its own.
-- ---------------------------------------------------------------------------------------------------------------------
create table "article" (
  "creator_id" text not null,
  "resource_id" text not null,
  "words" integer not null,
  "preview_words" integer not null,
  "source_digest" bytea not null,
  "preview_digest" bytea not null,
  "body_digest" bytea not null,
  constraint "article_pkey" primary key ("creator_id", "resource_id"),
  constraint "article_creator_id_resource_id_fkey" foreign key ("creator_id", "resource_id")
    references "resource" ("creator_id", "id") on delete restrict on update cascade,
  constraint "article_words_counted" check ("preview_words" between 0 and "words"),
  constraint "article_digests_are_sha256" check (
    octet_length("source_digest") = 32 and octet_length("preview_digest") = 32 and octet_length("body_digest") = 32
  )
);
insert into "article" ("creator_id", "resource_id", "words", "preview_words", "source_digest", "preview_digest", "body_digest")
  select "creator_id", "id", "words", "preview_words", "source_digest", "preview_digest", "body_digest"
  from "resource" where "published_at" is not null;

alter table "resource"
  drop constraint "resource_kind_known",
  drop constraint "resource_words_counted",
  drop constraint "resource_digests_are_sha256",
  drop constraint "resource_published_whole",
  drop column "words",
  drop column "preview_words",
  drop column "source_digest",
  drop column "preview_digest",
  drop column "body_digest",
  -- Which kinds there are is said by the table of kinds in the gate; one that it does not know is never on sale.
  add constraint "resource_kind_form" check ("kind" ~ '^[a-z][a-z0-9-]{0,15}$'),
  add constraint "resource_published_whole" check ("published_at" is null or "service" is not null);

-- At commit: a published article has its bytes.
create function "check_article_is_whole"() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not exists (select 1 from article where creator_id = new.creator_id and resource_id = new.id) then
    raise exception 'article % is published without its content', new.id using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger "resource_article_whole" after insert or update on "resource"
  deferrable initially deferred for each row
  when (new.kind = 'article' and new.published_at is not null) execute function "check_article_is_whole"();

alter table "resource_image" rename to "article_picture";
alter table "article_picture" rename constraint "resource_image_pkey" to "article_picture_pkey";
alter table "article_picture" rename constraint "resource_image_creator_id_resource_id_fkey" to "article_picture_creator_id_resource_id_fkey";
alter table "article_picture" rename constraint "resource_image_digest_is_sha256" to "article_picture_digest_is_sha256";
alter table "article_picture" rename constraint "resource_image_has_bytes" to "article_picture_has_bytes";

-- ---------------------------------------------------------------------------------------------------------------------
-- Offer: how long and how often what it gives can be used; null: for ever, any number of times.
-- ---------------------------------------------------------------------------------------------------------------------
alter table "offer"
  add column "lasts_seconds" integer,
  add column "uses" integer,
  add constraint "offer_lasts_a_while" check ("lasts_seconds" > 0),
  add constraint "offer_uses_count" check ("uses" > 0);

-- ---------------------------------------------------------------------------------------------------------------------
-- Rights and row security of the new table.
-- ---------------------------------------------------------------------------------------------------------------------
revoke all on function "check_article_is_whole"() from public;
grant select on "article" to "satstile_gate", "satstile_web", "satstile_jobs";
grant insert, update on "article" to "satstile_web";
alter table "article" enable row level security;
create policy "web_own" on "article" to "satstile_web" using ("creator_id" = current_creator()) with check ("creator_id" = current_creator());
create policy "zones_all" on "article" to "satstile_gate", "satstile_jobs" using (true) with check (true);
