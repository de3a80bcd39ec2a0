-- A further kind of hosted resource: a part of a page on a creator's own site, held here and delivered as a tree.

-- The digests name blobs of the content folder: SHA-256 of the Markdown, of the (empty) free part, of the HTML and of the tree.
create table "page" (
  "creator_id" text not null,
  "resource_id" text not null,
  "revision" integer not null default 1,
  "origins" text[] not null default '{}',
  "markdown" text not null,
  "words" integer not null,
  "source_digest" bytea not null,
  "preview_digest" bytea not null,
  "body_digest" bytea not null,
  "tree_digest" bytea not null,
  constraint "page_pkey" primary key ("creator_id", "resource_id"),
  constraint "page_creator_id_resource_id_fkey" foreign key ("creator_id", "resource_id")
    references "resource" ("creator_id", "id") on delete restrict on update cascade,
  constraint "page_counts" check ("revision" > 0 and "words" > 0),
  constraint "page_origins_bounded" check (cardinality("origins") <= 20 and array_position("origins", null) is null),
  constraint "page_digests_are_sha256" check (octet_length("source_digest") = 32 and octet_length("preview_digest") = 32
    and octet_length("body_digest") = 32 and octet_length("tree_digest") = 32)
);
create trigger "page_marks_resource" after insert or update on "page" for each row execute function "mark_resource"();

-- At commit: a published page has its content.
create function "check_page_is_whole"() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not exists (select 1 from page where creator_id = new.creator_id and resource_id = new.id) then
    raise exception 'page % is published without its content', new.id using errcode = 'check_violation';
  end if;
  return null;
end $$;
revoke all on function "check_page_is_whole"() from public;
create constraint trigger "resource_page_whole" after insert or update on "resource"
  deferrable initially deferred for each row
  when (new.kind = 'page' and new.published_at is not null and new.deleted_at is null)
  execute function "check_page_is_whole"();

grant select on "page" to "satstile_gate", "satstile_web", "satstile_jobs";
grant insert, update, delete on "page" to "satstile_web";
alter table "page" enable row level security;
create policy "web_own" on "page" to "satstile_web" using (creator_id = current_creator()) with check (creator_id = current_creator());
create policy "zones_all" on "page" to "satstile_gate", "satstile_jobs" using (true) with check (true);
