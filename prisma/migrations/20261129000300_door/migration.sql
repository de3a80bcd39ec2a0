-- The second door: keys of creators' own servers, and answers that are given again to a request that is repeated.

-- ---------------------------------------------------------------------------------------------------------------------
-- Keys. The dashboard writes the hash of a secret and has no right to read it back; the door alone compares it.
-- ---------------------------------------------------------------------------------------------------------------------
create table "api_key" (
  "creator_id" text not null,
  "id" text not null,
  "name" text not null,
  "public_id" text not null,
  "secret_hash" bytea not null,
  "created_at" timestamptz(3) not null default current_timestamp,
  "ends_at" timestamptz(3),
  "last_used_at" timestamptz(3),
  "last_refused_at" timestamptz(3),
  constraint "api_key_pkey" primary key ("creator_id", "id"),
  constraint "api_key_creator_id_fkey" foreign key ("creator_id") references "creator" ("id") on delete restrict on update cascade,
  constraint "api_key_name_fits" check (length("name") between 1 and 60),
  constraint "api_key_public_id_form" check ("public_id" ~ '^[a-z0-9]{12}$'),
  constraint "api_key_secret_is_sha256" check (octet_length("secret_hash") = 32)
);
create unique index "api_key_public_id_key" on "api_key" ("public_id");

-- What has an end keeps it, or gets a sooner one: nobody revives a key.
create function "api_key_ends_for_good"() returns trigger language plpgsql as $$
begin
  if old.ends_at is not null and (new.ends_at is null or new.ends_at > old.ends_at) then
    raise exception 'a key that ends is not revived' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger "api_key_ends_for_good" before update of "ends_at" on "api_key" for each row execute function "api_key_ends_for_good"();

-- ---------------------------------------------------------------------------------------------------------------------
-- Answers to be given again.
-- ---------------------------------------------------------------------------------------------------------------------
create table "idempotency_key" (
  "creator_id" text not null,
  "endpoint" text not null,
  "key" text not null,
  "request_hash" bytea not null,
  "answer" text not null default '',
  "created_at" timestamptz(3) not null default current_timestamp,
  constraint "idempotency_key_pkey" primary key ("creator_id", "endpoint", "key"),
  constraint "idempotency_key_creator_id_fkey" foreign key ("creator_id") references "creator" ("id") on delete restrict on update cascade,
  constraint "idempotency_key_fits" check (length("key") between 1 and 255),
  constraint "idempotency_key_hash_is_sha256" check (octet_length("request_hash") = 32)
);
create index "idempotency_key_created_at_idx" on "idempotency_key" ("created_at");

-- ---------------------------------------------------------------------------------------------------------------------
-- Rights and row security. What the door has of the gate it has by being in its role (scripts/migrate.ts).
-- ---------------------------------------------------------------------------------------------------------------------
grant usage on schema "public" to "satstile_door";
grant select on "api_key" to "satstile_door";
grant update ("last_used_at", "last_refused_at") on "api_key" to "satstile_door";
grant select ("creator_id", "id", "name", "public_id", "created_at", "ends_at", "last_used_at", "last_refused_at"), insert
  on "api_key" to "satstile_web";
grant update ("ends_at") on "api_key" to "satstile_web";
grant select, insert, update ("answer") on "idempotency_key" to "satstile_door";
grant select, delete on "idempotency_key" to "satstile_jobs";
alter table "api_key" enable row level security;
alter table "idempotency_key" enable row level security;
create policy "web_own" on "api_key" to "satstile_web" using ("creator_id" = current_creator()) with check ("creator_id" = current_creator());
create policy "door_all" on "api_key" to "satstile_door" using (true) with check (true);
create policy "zones_all" on "idempotency_key" to "satstile_door", "satstile_jobs" using (true) with check (true);
