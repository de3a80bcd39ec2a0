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
-- reading what is not. The index by state and expiry served nobody any more.
-- ---------------------------------------------------------------------------------------------------------------------
create index "settlement_feed" on "settlement" ("creator_id", "created_at", "challenge_id");
create index "settlement_created" on "settlement" ("created_at");
drop index "challenge_state_expires_at_idx";
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
