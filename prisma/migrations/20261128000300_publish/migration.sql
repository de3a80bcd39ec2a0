-- Resources can be deleted, drafts thrown away, and a creator has a picture; in one transaction: all of it or nothing.

-- ---------------------------------------------------------------------------------------------------------------------
-- Deleted: the text, its versions and its pictures go; the row stays and keeps addresses and service from everybody else,
-- and so do offers and prices, which sales name. What was never priced goes whole: it has no row that refers to it.
-- ---------------------------------------------------------------------------------------------------------------------
alter table "resource" add column "deleted_at" timestamptz(3);
-- Each save of a draft counts the drafts that there are.
create index "resource_draft" on "resource" ("creator_id") where "published_at" is null and "deleted_at" is null;
create index "resource_deleted" on "resource" ("creator_id") where "deleted_at" is not null;

-- At commit, as before: a published article has its bytes, until it is deleted.
drop trigger "resource_article_whole" on "resource";
create constraint trigger "resource_article_whole" after insert or update on "resource"
  deferrable initially deferred for each row
  when (new.kind = 'article' and new.published_at is not null and new.deleted_at is null)
  execute function "check_article_is_whole"();

-- For ever: a token of what was here must never open something else, and nothing comes back under its name.
create function "refuse_return_of_deleted"() returns trigger language plpgsql as $$
begin
  raise exception 'resource % is deleted for good', old.id using errcode = 'check_violation';
end $$;
create trigger "resource_deleted_stays" before update on "resource" for each row
  when (old.deleted_at is not null and (old.deleted_at, old.slug, old.service, old.published_at)
    is distinct from (new.deleted_at, new.slug, new.service, new.published_at))
  execute function "refuse_return_of_deleted"();

grant delete on "resource", "article", "article_draft", "article_version", "article_picture" to "satstile_web";

-- ---------------------------------------------------------------------------------------------------------------------
-- The picture of a creator: one, in one form, named by its bytes as all content is.
-- ---------------------------------------------------------------------------------------------------------------------
alter table "creator" add column "picture_digest" bytea, add column "picture_alt" text not null default '';
alter table "creator" add constraint "creator_picture_is_sha256" check (octet_length("picture_digest") = 32),
  add constraint "creator_picture_alt_short" check (length("picture_alt") <= 300);
grant update ("picture_digest", "picture_alt") on "creator" to "satstile_web";
