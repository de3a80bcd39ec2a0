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
