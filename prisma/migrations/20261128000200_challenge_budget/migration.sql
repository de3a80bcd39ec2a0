-- ---------------------------------------------------------------------------------------------------------------------
-- Gateways that live, a row each, as old as its last sign of life: as many share the budget of challenges (decisions/022).
-- ---------------------------------------------------------------------------------------------------------------------
create table "live_gateway" (
  "id" text not null,
  "seen_at" timestamptz(3) not null default current_timestamp,
  constraint "live_gateway_pkey" primary key ("id")
);
-- Every row is written once a second. With room on its page, and no index on what changes, the old versions are cleared away
-- by whoever reads them.
alter table "live_gateway" set (fillfactor = 50);
grant select, insert, delete, update ("seen_at") on "live_gateway" to "satstile_gate";
