-- Fiat prices: what a bitcoin costs, prices that are set in money of a country, and quotes that hold as long as their invoice.

-- ---------------------------------------------------------------------------------------------------------------------
-- What the sources of rates agreed on, moment by moment; kept for hours. Whoever reads it decides how old is too old.
-- ---------------------------------------------------------------------------------------------------------------------
create table "fiat_rate" (
  "currency" text not null,
  "taken_at" timestamptz(3) not null,
  -- Millionths of the currency's unit.
  "micro_per_btc" bigint not null,
  -- Of the currency, behind its point, so that amounts can be told apart from programs too.
  "minor_digits" integer not null,
  "sources" integer not null,
  constraint "fiat_rate_pkey" primary key ("currency", "taken_at"),
  constraint "fiat_rate_currency_form" check ("currency" ~ '^[A-Z]{3}$'),
  constraint "fiat_rate_positive" check ("micro_per_btc" > 0 and "micro_per_btc" <= 1000000000000000000),
  constraint "fiat_rate_digits_known" check ("minor_digits" between 0 and 4),
  constraint "fiat_rate_has_sources" check ("sources" > 0)
);
create index "fiat_rate_taken_at_idx" on "fiat_rate" ("taken_at");
grant select on "fiat_rate" to "satstile_gate", "satstile_web", "satstile_jobs";
grant insert, delete on "fiat_rate" to "satstile_jobs";

-- ---------------------------------------------------------------------------------------------------------------------
-- A price in fiat: `amount_msat` is what it was when it was set, for lists of prices, and sells nothing.
-- ---------------------------------------------------------------------------------------------------------------------
alter table "price"
  add column "fiat_currency" text,
  add column "fiat_minor" bigint,
  add constraint "price_fiat_whole" check (("fiat_currency" is null) = ("fiat_minor" is null)),
  add constraint "price_fiat_currency_form" check ("fiat_currency" ~ '^[A-Z]{3}$'),
  add constraint "price_fiat_positive" check ("fiat_minor" > 0);

-- The quote that a challenge was made at; whatever rates do later, this is what its invoice says.
alter table "challenge"
  add column "fiat_currency" text,
  add column "fiat_minor" bigint,
  add column "micro_per_btc" bigint,
  add constraint "challenge_fiat_whole" check (num_nulls("fiat_currency", "fiat_minor", "micro_per_btc") in (0, 3)),
  add constraint "challenge_fiat_positive" check ("fiat_minor" > 0 and "micro_per_btc" > 0);

-- The currency in which a creator thinks: readers of whom nothing is known are told amounts in it, and sales are valued in it.
alter table "creator"
  add column "currency" text not null default 'USD',
  add constraint "creator_currency_form" check ("currency" ~ '^[A-Z]{3}$');
grant update ("currency") on "creator" to "satstile_web";

-- What a sale was worth when it arrived; empty where there was no rate of that hour.
alter table "settlement"
  add column "fiat_currency" text,
  add column "fiat_minor" bigint,
  add constraint "settlement_fiat_whole" check (("fiat_currency" is null) = ("fiat_minor" is null)),
  add constraint "settlement_fiat_counts" check ("fiat_minor" >= 0);
