-- The first version becomes the whole product's shape, in one transaction: all of it or nothing.

-- =====================================================================================================================
-- Kinds and offers
-- =====================================================================================================================
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

-- =====================================================================================================================
-- Backends and entitlements
-- =====================================================================================================================
-- What a purchase gives leaves `settlement`, which then holds paid invoices and nothing else; rows name their backend and
-- their places in its order without the words of any node. A cursor sorts bytewise in its backend's order, so its columns
-- have the collation "C". Lengths are checked by length(): as a bound in the pattern they cost 90 us a row. One transaction,
-- as every migration.

-- ---------------------------------------------------------------------------------------------------------------------
-- Entitlement: a token that opens without a payment of its own. A receipt stands for a sale whose backend does not tell
-- the preimage: it has the token id and the rights of that sale, and the hash of a secret of ours.
-- ---------------------------------------------------------------------------------------------------------------------
create table "entitlement" (
  "payment_hash" bytea not null,
  "creator_id" text not null,
  "challenge_id" text not null,
  "source" text not null,
  "created_at" timestamptz(3) not null default current_timestamp,
  constraint "entitlement_pkey" primary key ("payment_hash"),
  constraint "entitlement_creator_id_fkey" foreign key ("creator_id") references "creator" ("id"),
  -- With the creator, so that no receipt of one can stand for the sale of another.
  constraint "entitlement_creator_id_challenge_id_fkey" foreign key ("creator_id", "challenge_id")
    references "settlement" ("creator_id", "challenge_id") on delete restrict on update cascade,
  constraint "entitlement_source_known" check ("source" in ('receipt')),
  constraint "entitlement_bytes_form" check (octet_length("payment_hash") = 32)
);
create unique index "entitlement_creator_id_challenge_id_source_key" on "entitlement" ("creator_id", "challenge_id", "source");
-- A receipt without its sale cannot be, and would stop the migration here.
insert into "entitlement" ("payment_hash", "creator_id", "challenge_id", "source", "created_at")
  select "payment_hash", "creator_id", regexp_replace("challenge_id", '/receipt$', ''), 'receipt', "created_at"
  from "settlement" where "source" = 'grant';
create trigger "entitlement_append_only" before update or delete or truncate on "entitlement"
  for each statement execute function "refuse_change"();

-- ---------------------------------------------------------------------------------------------------------------------
-- Settlement: paid invoices and nothing else.
-- ---------------------------------------------------------------------------------------------------------------------
drop policy "gate_grants" on "settlement";
revoke insert on "settlement" from "satstile_gate";
-- Append-only binds this migration too; the triggers of foreign keys stay on.
alter table "settlement" disable trigger user;
drop index "settlement_held";
delete from "settlement" where "source" = 'grant';
alter table "settlement"
  add column "backend_id" text,
  add column "settle_cursor" text collate "C";
update "settlement" set "settle_cursor" = lpad("settle_index"::text, 20, '0') where "settle_index" is not null;
-- What was pruned named its node nowhere else; a sale so old is claimed no more.
update "settlement" set "backend_id" = 'lnd:' || encode("challenge"."node_key", 'hex')
  from "challenge" where "challenge"."payment_hash" = "settlement"."payment_hash";
alter table "settlement"
  drop constraint "settlement_received_positive",
  drop constraint "settlement_source_known",
  drop column "settle_index",
  add constraint "settlement_received_positive" check ("received_msat" > 0),
  add constraint "settlement_source_known" check ("source" in ('stream', 'sweep', 'presented')),
  add constraint "settlement_backend_form" check (
    "backend_id" ~ '^[a-z]{2,16}:[!-~]+$' and length("backend_id") <= 217
    and "settle_cursor" ~ '^[!-~]+$' and length("settle_cursor") <= 64
  );
alter table "settlement" enable trigger user;
create index "settlement_held" on "settlement" ("settled_at") where "released_at" is null;

-- ---------------------------------------------------------------------------------------------------------------------
-- Challenge: which backend made the invoice, and where it stands in that backend's list.
-- ---------------------------------------------------------------------------------------------------------------------
drop index "challenge_sweep";
alter table "challenge"
  drop constraint "challenge_bytes_form",
  add column "backend_id" text,
  add column "list_cursor" text collate "C";
update "challenge" set
  "backend_id" = 'lnd:' || encode("node_key", 'hex'), "list_cursor" = lpad("add_index"::text, 20, '0');
alter table "challenge"
  alter column "backend_id" set not null,
  alter column "list_cursor" set not null,
  drop column "node_key",
  drop column "add_index",
  add constraint "challenge_backend_form" check (
    "backend_id" ~ '^[a-z]{2,16}:[!-~]+$' and length("backend_id") <= 217
    and "list_cursor" ~ '^[!-~]+$' and length("list_cursor") <= 64
  ),
  add constraint "challenge_bytes_form" check (
    octet_length("token_id") = 32 and octet_length("payment_hash") = 32 and octet_length("claim_hash") = 32
  );
create index "challenge_sweep" on "challenge" ("backend_id", "list_cursor") where "state" in ('open', 'expired');

-- ---------------------------------------------------------------------------------------------------------------------
-- How far each backend's stream was handled.
-- ---------------------------------------------------------------------------------------------------------------------
drop trigger "backend_cursor_forward_only" on "backend_cursor";
alter table "backend_cursor"
  add column "backend_id" text,
  add column "settle_cursor" text collate "C";
update "backend_cursor" set
  "backend_id" = 'lnd:' || encode("node_key", 'hex'), "settle_cursor" = lpad("settle_index"::text, 20, '0');
alter table "backend_cursor"
  drop constraint "backend_cursor_form",
  drop constraint "backend_cursor_pkey",
  drop column "node_key",
  drop column "settle_index",
  alter column "backend_id" set not null,
  alter column "settle_cursor" set not null,
  add constraint "backend_cursor_pkey" primary key ("backend_id"),
  add constraint "backend_cursor_form" check (
    "backend_id" ~ '^[a-z]{2,16}:[!-~]+$' and length("backend_id") <= 217
    and "settle_cursor" ~ '^[!-~]+$' and length("settle_cursor") <= 64
  );
create or replace function "refuse_cursor_going_back"() returns trigger language plpgsql as $$
begin
  if new.settle_cursor < old.settle_cursor then
    raise exception 'the settle cursor never moves back' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger "backend_cursor_forward_only" before update on "backend_cursor" for each row execute function "refuse_cursor_going_back"();

-- ---------------------------------------------------------------------------------------------------------------------
-- Rights and row security of the new table: gate hands out receipts, everybody else reads.
-- ---------------------------------------------------------------------------------------------------------------------
grant select on "entitlement" to "satstile_gate", "satstile_web", "satstile_jobs";
grant insert on "entitlement" to "satstile_gate";
alter table "entitlement" enable row level security;
create policy "web_own" on "entitlement" to "satstile_web" using ("creator_id" = current_creator()) with check ("creator_id" = current_creator());
create policy "zones_all" on "entitlement" to "satstile_gate", "satstile_jobs" using (true) with check (true);

-- =====================================================================================================================
-- Sign-in and profile
-- =====================================================================================================================
-- Sessions and links are kept as digests from here on: a copy of the database signs nobody in. Whoever is signed in stays so;
-- links under way were bound to their browser in another way and are asked for again.
update "session" set "session_token" = encode(sha256(convert_to("session_token", 'UTF8')), 'hex');
delete from "verification_token";
alter table "session" add constraint "session_token_digest" check ("session_token" ~ '^[0-9a-f]{64}$');
alter table "verification_token" add constraint "verification_token_digest" check ("token" ~ '^[0-9a-f]{64}$');
-- What ran out is deleted by its time.
create index "session_expires_idx" on "session" ("expires");
create index "verification_token_expires_idx" on "verification_token" ("expires");

-- In which language a creator writes, and whose days their figures count.
alter table "creator" add column "language" text not null default 'en', add column "time_zone" text not null default 'UTC';
alter table "creator" add constraint "creator_language_tag" check ("language" ~ '^[A-Za-z0-9-]{2,35}$');
alter table "creator" add constraint "creator_time_zone_name" check ("time_zone" ~ '^[A-Za-z0-9/_+-]{1,64}$');
grant update ("language", "time_zone") on "creator" to "satstile_web";

-- =====================================================================================================================
-- Addresses, languages, pictures, versions
-- =====================================================================================================================
-- Addresses that a resource had before, the chosen language of a draft, measures and smaller copies of pictures, and what was
-- put on sale each time.
create table "resource_address" (
    "creator_id" text not null,
    "slug" text not null,
    "resource_id" text not null,
    "created_at" timestamptz(3) not null default current_timestamp,

    constraint "resource_address_pkey" primary key ("creator_id","slug")
);
alter table "resource_address" add constraint "resource_address_creator_id_resource_id_fkey"
  foreign key ("creator_id", "resource_id") references "resource"("creator_id", "id") on delete restrict on update cascade;
alter table "resource_address" add constraint "resource_address_slug_form" check ("slug" ~ '^[a-z0-9]([a-z0-9-]{0,78}[a-z0-9])?$');

alter table "article_draft" add column "language" text;
alter table "article_draft" add constraint "article_draft_language_form"
  check ("language" ~ '^[A-Za-z0-9-]{2,35}$');

alter table "article_picture" add column "width" integer, add column "height" integer, add column "of_digest" bytea;
alter table "article_picture" add constraint "article_picture_has_pixels" check ("width" > 0 and "height" > 0),
  add constraint "article_picture_copy_of_another" check ("of_digest" <> "digest" and octet_length("of_digest") = 32);

grant select on "resource_address" to "satstile_gate", "satstile_web", "satstile_jobs";
grant insert on "resource_address" to "satstile_web";
alter table "resource_address" enable row level security;
create policy "web_own" on "resource_address" to "satstile_web"
  using ("creator_id" = current_creator()) with check ("creator_id" = current_creator());
create policy "zones_all" on "resource_address" to "satstile_gate", "satstile_jobs" using (true) with check (true);

create table "article_version" (
    "creator_id" text not null,
    "resource_id" text not null,
    "revision" integer not null,
    "title" text not null,
    "lead" text not null,
    "language" text,
    "markdown" text not null,
    "cut_block" integer not null,
    "published_at" timestamptz(3) not null default current_timestamp,

    constraint "article_version_pkey" primary key ("creator_id","resource_id","revision")
);
alter table "article_version" add constraint "article_version_creator_id_resource_id_fkey"
  foreign key ("creator_id", "resource_id") references "resource"("creator_id", "id") on delete restrict on update cascade;
alter table "article_version" add constraint "article_version_cut_inside" check ("cut_block" >= 0 and "revision" > 0);
-- What is on sale already is taken to be its draft.
insert into "article_version" ("creator_id", "resource_id", "revision", "title", "lead", "markdown", "cut_block")
  select "creator_id", "resource_id", "revision", "article_draft"."title", "article_draft"."lead", "markdown", "cut_block"
  from "article_draft" join "resource" using ("creator_id") where "id" = "resource_id" and "published_at" is not null;

grant select, insert on "article_version" to "satstile_web";
alter table "article_version" enable row level security;
create policy "web_own" on "article_version" to "satstile_web"
  using ("creator_id" = current_creator()) with check ("creator_id" = current_creator());

-- =====================================================================================================================
-- Growth
-- =====================================================================================================================
-- What keeps the cost of a question from growing with what was not asked: marks of change, roll-ups, indexes, watermarks.

-- ---------------------------------------------------------------------------------------------------------------------
-- Marks of change: the number of the transaction that changed a row last. Postgres hands these numbers out anyway, for the
-- whole cluster; a reader that remembers the oldest one still under way when it looked (pg_snapshot_xmin) asks for
-- everything from there on and misses nothing, in whatever order transactions become visible.
-- ---------------------------------------------------------------------------------------------------------------------
alter table "creator" add column "changed_in" bigint not null default 0;
alter table "resource" add column "changed_in" bigint not null default 0;

create function "this_transaction"() returns bigint language sql volatile as $$
  select pg_current_xact_id()::text::bigint
$$;

create function "mark_changed"() returns trigger language plpgsql as $$
begin
  new.changed_in := this_transaction();
  return new;
end $$;
create trigger "creator_marked" before update on "creator" for each row
  when (new.change_number <> old.change_number or new.handle <> old.handle) execute function "mark_changed"();
create trigger "resource_marked" before insert or update on "resource" for each row execute function "mark_changed"();

-- What belongs to a resource marks the resource. A table of another kind gets the same trigger. Planned for each call: where
-- one creator has many resources and most have one, a plan for all of them walks through every resource of that creator
-- (2 ms instead of 20 us, measured at 10,000).
create function "mark_resource"() returns trigger language plpgsql security definer set search_path = public, pg_temp
  set plan_cache_mode = force_custom_plan as $$
begin
  update resource set changed_in = this_transaction()
    where creator_id = new.creator_id and id = new.resource_id and changed_in <> this_transaction();
  return null;
end $$;
create trigger "article_marks_resource" after insert or update on "article" for each row execute function "mark_resource"();
create trigger "article_picture_marks_resource" after insert or update on "article_picture" for each row execute function "mark_resource"();
create trigger "offer_marks_resource" after insert or update on "offer" for each row execute function "mark_resource"();

create function "mark_resource_of_price"() returns trigger language plpgsql security definer set search_path = public, pg_temp
  set plan_cache_mode = force_custom_plan as $$
begin
  update resource set changed_in = this_transaction() from offer
    where offer.creator_id = new.creator_id and offer.id = new.offer_id and changed_in <> this_transaction()
      and resource.creator_id = offer.creator_id and resource.id = offer.resource_id;
  return null;
end $$;
create trigger "price_marks_resource" after insert on "price" for each row execute function "mark_resource_of_price"();
revoke all on function "mark_resource"(), "mark_resource_of_price"() from public;

create index "creator_changed" on "creator" ("changed_in", "id");

-- ---------------------------------------------------------------------------------------------------------------------
-- Sums of sales, kept by the sale itself: what a creator earned in a quarter of an hour (every time zone begins its days at
-- one), and what a resource earned in a day (UTC) at each of its prices. Nobody writes them but this trigger.
-- ---------------------------------------------------------------------------------------------------------------------
create table "sale_quarter" (
  "creator_id" text not null,
  "quarter" timestamptz(0) not null,
  "channel" text not null,
  "sales" bigint not null,
  "net_msat" bigint not null,
  constraint "sale_quarter_pkey" primary key ("creator_id", "quarter", "channel")
);
create table "sale_day" (
  "creator_id" text not null,
  "resource_id" text not null,
  "day" date not null,
  "price_version" integer not null,
  "sales" bigint not null,
  "net_msat" bigint not null,
  constraint "sale_day_pkey" primary key ("creator_id", "resource_id", "day", "price_version")
);
create index "sale_day_of_creator" on "sale_day" ("creator_id", "day");

-- In key order, so that two settlers never wait for each other.
create function "count_sales"() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into sale_quarter as s (creator_id, quarter, channel, sales, net_msat)
    select creator_id, date_bin('15 minutes', settled_at, '2000-01-01 00:00:00+00'), channel, count(*), sum(received_msat - fee_msat)
    from added group by 1, 2, 3 order by 1, 2, 3
    on conflict (creator_id, quarter, channel) do update
      set sales = s.sales + excluded.sales, net_msat = s.net_msat + excluded.net_msat;
  insert into sale_day as s (creator_id, resource_id, day, price_version, sales, net_msat)
    select creator_id, resource_id, (settled_at at time zone 'UTC')::date, price_version, count(*), sum(received_msat - fee_msat)
    from added group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (creator_id, resource_id, day, price_version) do update
      set sales = s.sales + excluded.sales, net_msat = s.net_msat + excluded.net_msat;
  return null;
end $$;
revoke all on function "count_sales"() from public;

lock table "settlement" in share row exclusive mode;
insert into "sale_quarter" ("creator_id", "quarter", "channel", "sales", "net_msat")
  select creator_id, date_bin('15 minutes', settled_at, '2000-01-01 00:00:00+00'), channel, count(*), sum(received_msat - fee_msat)
  from "settlement" group by 1, 2, 3;
insert into "sale_day" ("creator_id", "resource_id", "day", "price_version", "sales", "net_msat")
  select creator_id, resource_id, (settled_at at time zone 'UTC')::date, price_version, count(*), sum(received_msat - fee_msat)
  from "settlement" group by 1, 2, 3, 4;
create trigger "settlement_counted" after insert on "settlement" referencing new table as added
  for each statement execute function "count_sales"();

-- ---------------------------------------------------------------------------------------------------------------------
-- Usage: hours that are over become days, of each resource and (resource_id '') of the whole creator, and are deleted.
-- ---------------------------------------------------------------------------------------------------------------------
create table "usage_day" (
  "creator_id" text not null,
  "resource_id" text not null,
  "day" date not null,
  "views" bigint not null,
  "unlocks" bigint not null,
  "challenges" bigint not null,
  "reads" bigint not null,
  constraint "usage_day_pkey" primary key ("creator_id", "resource_id", "day"),
  constraint "usage_day_counts" check (least("views", "unlocks", "challenges", "reads") >= 0)
);
create index "usage_hour" on "usage" ("hour");

-- ---------------------------------------------------------------------------------------------------------------------
-- How far the audit came: by what it walks, the place behind which everything was found in order; and the sums of all
-- postings before its place, so that a balance is compared with what moved since and not with everything that ever did.
-- ---------------------------------------------------------------------------------------------------------------------
create table "audit_mark" (
  "walk" text not null,
  "place" text not null,
  "updated_at" timestamptz(3) not null default current_timestamp,
  constraint "audit_mark_pkey" primary key ("walk")
);
create table "audit_sum" (
  "creator_id" text not null,
  "account" text not null,
  "total_msat" bigint not null,
  constraint "audit_sum_pkey" primary key ("creator_id", "account")
);
create index "ledger_entry_created" on "ledger_entry" ("created_at");

-- ---------------------------------------------------------------------------------------------------------------------
-- Indexes: the live feed and the audit walk sales as we came to know them; prune and sweep find what is due without
-- reading what is not. The indexes by state and expiry, and by what a challenge replaces, served nobody any more.
-- ---------------------------------------------------------------------------------------------------------------------
create index "settlement_feed" on "settlement" ("creator_id", "created_at", "challenge_id");
create index "settlement_created" on "settlement" ("created_at");
drop index "challenge_state_expires_at_idx";
drop index "challenge_replaces_idx";
create index "challenge_open" on "challenge" ("creator_id", "resource_id") where "state" = 'open';
create index "challenge_ended" on "challenge" ("canceled_at") where "state" = 'canceled';
create index "challenge_claimed" on "challenge" ("settled_at") where "state" = 'settled';
create index "outbox_relayed" on "outbox" ("relayed_at") where "relayed_at" is not null;
create index "sighting_known" on "sighting" ("seen_at") where "finding" in ('settled', 'stray', 'forged');

-- Most creators have a row or two and some have ten thousand. Counted as they are, an index that only begins with the creator
-- looks as good as the primary key, and each look-up of a key reads all rows of that creator (1.4 ms instead of 20 us at 10,000,
-- measured; foreign keys too). So the planner is told to expect twenty rows of each.
alter table "resource" alter column "creator_id" set (n_distinct = -0.05);
alter table "offer" alter column "creator_id" set (n_distinct = -0.05);
alter table "challenge" alter column "creator_id" set (n_distinct = -0.05);
alter table "settlement" alter column "creator_id" set (n_distinct = -0.05);
alter table "ledger_entry" alter column "creator_id" set (n_distinct = -0.05);

-- ---------------------------------------------------------------------------------------------------------------------
-- Rights and row security of the new tables.
-- ---------------------------------------------------------------------------------------------------------------------
grant select on "sale_quarter", "sale_day", "usage_day" to "satstile_web", "satstile_jobs";
-- Gate reads what it counted, whether or not it became a day meanwhile.
grant select on "usage_day" to "satstile_gate";
grant insert, update on "usage_day" to "satstile_jobs";
-- `for update` asks for the right to update a column.
grant delete, update ("hour") on "usage" to "satstile_jobs";
grant select, insert, update on "audit_mark", "audit_sum" to "satstile_jobs";
do $$
declare name text;
begin
  foreach name in array array['sale_quarter', 'sale_day', 'usage_day'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy web_own on %I to satstile_web using (creator_id = current_creator()) with check (creator_id = current_creator())', name);
    execute format('create policy zones_all on %I to satstile_gate, satstile_jobs using (true) with check (true)', name);
  end loop;
end $$;
alter table "audit_sum" enable row level security;
create policy "jobs_all" on "audit_sum" to "satstile_jobs" using (true) with check (true);
