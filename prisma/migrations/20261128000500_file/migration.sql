-- A second kind of hosted resource: a file, replaced by versions, brought in by an upload that can be interrupted.

-- ---------------------------------------------------------------------------------------------------------------------
-- Versions are appended and never changed; which of them is on sale stands in a row of its own.
-- ---------------------------------------------------------------------------------------------------------------------
create table "file_version" (
  "creator_id" text not null,
  "resource_id" text not null,
  "version" integer not null,
  "name" text not null,
  "media_type" text not null,
  "byte_length" bigint not null,
  "digest" bytea not null,
  "published_at" timestamptz(3) not null default current_timestamp,
  constraint "file_version_pkey" primary key ("creator_id", "resource_id", "version"),
  constraint "file_version_creator_id_resource_id_fkey" foreign key ("creator_id", "resource_id")
    references "resource" ("creator_id", "id") on delete restrict on update cascade,
  constraint "file_version_counts" check ("version" > 0 and "byte_length" > 0),
  constraint "file_version_digest_is_sha256" check (octet_length("digest") = 32),
  -- Both stand in header fields.
  constraint "file_version_name_form" check ("name" ~ '^[^/\\[:cntrl:]]+$' and length("name") <= 200),
  constraint "file_version_media_type_form" check ("media_type" ~ '^[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*$' and length("media_type") <= 100)
);
create table "file" (
  "creator_id" text not null,
  "resource_id" text not null,
  "version" integer not null,
  constraint "file_pkey" primary key ("creator_id", "resource_id"),
  constraint "file_creator_id_resource_id_fkey" foreign key ("creator_id", "resource_id")
    references "resource" ("creator_id", "id") on delete restrict on update cascade,
  constraint "file_creator_id_resource_id_version_fkey" foreign key ("creator_id", "resource_id", "version")
    references "file_version" ("creator_id", "resource_id", "version") on delete restrict on update cascade
);
create trigger "file_marks_resource" after insert or update on "file" for each row execute function "mark_resource"();

-- At commit: a published file has its bytes.
create function "check_file_is_whole"() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not exists (select 1 from file where creator_id = new.creator_id and resource_id = new.id) then
    raise exception 'file % is published without its content', new.id using errcode = 'check_violation';
  end if;
  return null;
end $$;
revoke all on function "check_file_is_whole"() from public;
create constraint trigger "resource_file_whole" after insert or update on "resource"
  deferrable initially deferred for each row
  when (new.kind = 'file' and new.published_at is not null) execute function "check_file_is_whole"();

-- ---------------------------------------------------------------------------------------------------------------------
-- Uploads: what they will take is counted from the beginning.
-- ---------------------------------------------------------------------------------------------------------------------
create table "upload" (
  "creator_id" text not null,
  "id" text not null,
  "name" text not null,
  "byte_length" bigint not null,
  "media_type" text,
  "digest" bytea,
  "created_at" timestamptz(3) not null default current_timestamp,
  constraint "upload_pkey" primary key ("creator_id", "id"),
  constraint "upload_creator_id_fkey" foreign key ("creator_id") references "creator" ("id") on delete restrict on update cascade,
  constraint "upload_has_bytes" check ("byte_length" > 0),
  constraint "upload_whole_or_not" check (("digest" is null) = ("media_type" is null) and octet_length("digest") = 32)
);
create index "upload_created_at_idx" on "upload" ("created_at");

-- ---------------------------------------------------------------------------------------------------------------------
-- Deliveries: which parts of a body a counted use has brought, so that a broken transfer goes on without another use.
-- ---------------------------------------------------------------------------------------------------------------------
create table "delivery" (
  "creator_id" text not null,
  "token_id" bytea not null,
  "service" text not null,
  "etag" text not null,
  "uses" integer not null default 0,
  "sent" bigint[] not null default '{}',
  "granted" bigint not null default 0,
  "moved_at" timestamptz(3) not null,
  constraint "delivery_pkey" primary key ("creator_id", "token_id", "service", "etag"),
  constraint "delivery_creator_id_fkey" foreign key ("creator_id") references "creator" ("id"),
  constraint "delivery_counts" check ("uses" >= 0 and "granted" >= 0)
);
create index "delivery_moved_at_idx" on "delivery" ("moved_at");

-- ---------------------------------------------------------------------------------------------------------------------
-- Rights and row security.
-- ---------------------------------------------------------------------------------------------------------------------
grant select on "file", "file_version" to "satstile_gate", "satstile_web", "satstile_jobs";
grant insert, update on "file" to "satstile_web";
grant insert on "file_version" to "satstile_web";
grant select, insert, delete on "upload" to "satstile_web";
grant update ("media_type", "digest") on "upload" to "satstile_web";
grant select, delete on "upload", "delivery" to "satstile_jobs";
grant select, insert, update on "delivery" to "satstile_gate";
do $$
declare name text;
begin
  foreach name in array array['file', 'file_version', 'upload', 'delivery'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy web_own on %I to satstile_web using (creator_id = current_creator()) with check (creator_id = current_creator())', name);
    execute format('create policy zones_all on %I to satstile_gate, satstile_jobs using (true) with check (true)', name);
  end loop;
end $$;
