-- Metering: what is sold by amount and drawn down, what an answer of an API took of it, and requests that are free for a network.

-- ---------------------------------------------------------------------------------------------------------------------
-- Offers by amount: bytes, seconds that an answer is open, or a unit of the seller's own. A service may be sold singly and
-- as a pack.
-- ---------------------------------------------------------------------------------------------------------------------
alter table "offer"
  drop constraint "offer_kind_known",
  add constraint "offer_kind_known" check ("kind" in ('single', 'pack')),
  add column "bytes" bigint,
  add column "seconds" bigint,
  add column "volume" bigint,
  add column "volume_unit" text,
  add constraint "offer_amounts_bounded" check (
    "bytes" between 1 and 999999999999 and "seconds" between 1 and 999999999999 and "volume" between 1 and 999999999999
  ),
  add constraint "offer_volume_has_unit" check (("volume" is null) = ("volume_unit" is null)),
  add constraint "offer_volume_unit_form" check ("volume_unit" ~ '^[a-z][a-z0-9]{0,15}$');
grant update ("bytes", "seconds", "volume", "volume_unit") on "offer" to "satstile_web";

-- ---------------------------------------------------------------------------------------------------------------------
-- Rules: how an answer is measured, and how many requests a month are free for each network.
-- ---------------------------------------------------------------------------------------------------------------------
alter table "rule"
  add column "meter" jsonb,
  add column "free_monthly" integer,
  add constraint "rule_meter_is_object" check (jsonb_typeof("meter") = 'object'),
  add constraint "rule_free_monthly_bounded" check ("free_monthly" between 1 and 1000000),
  add constraint "rule_sold_is_metered" check ("service" is not null or ("meter" is null and "free_monthly" is null));

-- ---------------------------------------------------------------------------------------------------------------------
-- A purchase that goes on with what was left of an earlier one: both draw on the counter of the first of them. `minted` is
-- the amount that the token states, `raised` what it may take beyond, since others topped up the same counter before it.
-- ---------------------------------------------------------------------------------------------------------------------
create table "top_up" (
  "creator_id" text not null,
  "token_id" bytea not null,
  "service" text not null,
  "kind" text not null,
  "root_token_id" bytea not null,
  "amount" bigint not null,
  "minted" bigint not null,
  "raised" bigint not null,
  constraint "top_up_pkey" primary key ("creator_id", "token_id", "service", "kind"),
  constraint "top_up_creator_id_fkey" foreign key ("creator_id") references "creator" ("id"),
  constraint "top_up_counts" check ("amount" >= 0 and "minted" >= "amount"),
  constraint "top_up_is_of_another" check ("root_token_id" <> "token_id")
);
create index "top_up_of_counter" on "top_up" ("creator_id", "root_token_id", "service", "kind");

-- ---------------------------------------------------------------------------------------------------------------------
-- Free requests of one network in one month (UTC).
-- ---------------------------------------------------------------------------------------------------------------------
create table "free_use" (
  "creator_id" text not null,
  "service" text not null,
  "month" date not null,
  "network" text not null,
  "used" integer not null,
  constraint "free_use_pkey" primary key ("creator_id", "service", "month", "network"),
  constraint "free_use_creator_id_fkey" foreign key ("creator_id") references "creator" ("id"),
  constraint "free_use_counts" check ("used" >= 0)
);
create index "free_use_month_idx" on "free_use" ("month");

-- ---------------------------------------------------------------------------------------------------------------------
-- Rights and row security. A lease of something that is drawn in steps changes with each step.
-- ---------------------------------------------------------------------------------------------------------------------
grant update ("cost") on "use_lease" to "satstile_gate";
grant select, insert on "top_up" to "satstile_gate";
grant select, insert, update on "free_use" to "satstile_gate";
grant select, delete on "free_use" to "satstile_jobs";
do $$
declare name text;
begin
  foreach name in array array['top_up', 'free_use'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy web_own on %I to satstile_web using (creator_id = current_creator()) with check (creator_id = current_creator())', name);
    execute format('create policy zones_all on %I to satstile_gate, satstile_jobs using (true) with check (true)', name);
  end loop;
end $$;
