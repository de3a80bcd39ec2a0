-- Prices of a moment: named by the seller's own server, or raised while many ask.

-- ---------------------------------------------------------------------------------------------------------------------
-- How the price of a rule comes about; without it, the offer's own price stands. Written whole and read whole, by
-- lib/paywall/offers/pricing.ts alone.
-- ---------------------------------------------------------------------------------------------------------------------
alter table "rule"
  add column "pricing" jsonb,
  add constraint "rule_pricing_of_what_is_sold" check ("pricing" is null or "service" is not null),
  add constraint "rule_pricing_form" check (jsonb_typeof("pricing") = 'object' and octet_length("pricing"::text) <= 4096);

-- ---------------------------------------------------------------------------------------------------------------------
-- What was wrong with the answers of a seller's price server: for the seller to see.
-- ---------------------------------------------------------------------------------------------------------------------
create table "price_trouble" (
  "creator_id" text not null,
  "resource_id" text not null,
  "service" text not null,
  "sentence" text not null,
  "times" integer not null default 1,
  "last_at" timestamptz(3) not null default current_timestamp,
  constraint "price_trouble_pkey" primary key ("creator_id", "resource_id", "service"),
  constraint "price_trouble_creator_id_resource_id_fkey" foreign key ("creator_id", "resource_id")
    references "resource" ("creator_id", "id") on delete cascade on update cascade,
  constraint "price_trouble_sentence_fits" check (length("sentence") between 1 and 500),
  constraint "price_trouble_happened" check ("times" > 0)
);

-- ---------------------------------------------------------------------------------------------------------------------
-- How often each gateway was asked for what rises with demand; a word of a few seconds, and no count of anything sold.
-- ---------------------------------------------------------------------------------------------------------------------
create table "demand" (
  "creator_id" text not null,
  "service" text not null,
  "gateway_id" text not null,
  "per_minute" integer not null,
  "seen_at" timestamptz(3) not null default current_timestamp,
  constraint "demand_pkey" primary key ("creator_id", "service", "gateway_id"),
  constraint "demand_counts_up" check ("per_minute" >= 0)
);
create index "demand_seen_at_idx" on "demand" ("seen_at");
-- Rewritten every second, in place.
alter table "demand" set (fillfactor = 50);

grant select, insert, update ("sentence", "times", "last_at") on "price_trouble" to "satstile_gate";
grant select on "price_trouble", "demand" to "satstile_web";
grant select, insert, delete, update ("per_minute", "seen_at") on "demand" to "satstile_gate";
do $$
declare name text;
begin
  foreach name in array array['price_trouble', 'demand'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy web_own on %I to satstile_web using (creator_id = current_creator()) with check (creator_id = current_creator())', name);
    execute format('create policy gate_all on %I to satstile_gate using (true) with check (true)', name);
  end loop;
end $$;
