-- The statement: every posting is a line of its creator's, in the order in which they committed, with the balance after it.
-- That order is given while the creator's row of "statement" is locked, so no line is ever put in before one that was shown.
create table "statement" (
  "creator_id" text not null,
  "lines" bigint not null,
  "balance_msat" bigint not null,
  constraint "statement_pkey" primary key ("creator_id"),
  constraint "statement_creator_id_fkey" foreign key ("creator_id") references "creator"("id")
);
create table "statement_line" (
  "creator_id" text not null,
  "line" bigint not null,
  "entry_id" text not null,
  "n" integer not null,
  "change_msat" bigint not null,
  "balance_msat" bigint not null,
  constraint "statement_line_pkey" primary key ("creator_id", "line"),
  constraint "statement_line_creator_id_fkey" foreign key ("creator_id") references "creator"("id")
);
create trigger "statement_line_append_only" before update or delete or truncate on "statement_line"
  for each statement execute function "refuse_change"();

-- What a posting changes of settling and available together. A sale is told by what arrived, and its fee apart from it; a sale
-- that was fee alone changes nothing.
create function "tell_postings"("moved" "posting"[])
  returns table ("creator_id" text, "entry_id" text, "n" integer, "change_msat" bigint) language sql immutable as $$
  select creator_id, entry_id, n,
    (amount_msat * ((to_account in ('settling', 'available'))::int - (from_account in ('settling', 'available'))::int)
      + case when n = first_income then fees else 0 end
      - case when is_fee and first_income is not null then amount_msat else 0 end)::bigint
  from (
    select part.*, min(n) filter (where is_income) over entry as first_income,
      coalesce(sum(amount_msat) filter (where is_fee) over entry, 0) as fees
    from (
      select *, from_account = 'node' and to_account in ('settling', 'available') as is_income,
        from_account = 'node' and to_account = 'fee' as is_fee
      from unnest(moved)) as part
    window entry as (partition by creator_id, entry_id)) as known
$$;

create or replace function "apply_postings"() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  with told as (
    select told.* from (select array_agg(row(added.*)::posting) as moved from added) as one, tell_postings(one.moved) as told),
  head as (
    insert into statement as s (creator_id, lines, balance_msat)
    select creator_id, count(*), sum(change_msat) from told group by creator_id order by creator_id
    on conflict (creator_id) do update set lines = s.lines + excluded.lines, balance_msat = s.balance_msat + excluded.balance_msat
    returning creator_id, lines, balance_msat)
  insert into statement_line (creator_id, line, entry_id, n, change_msat, balance_msat)
  select creator_id, lines - count(*) over creator + row_number() over in_order, entry_id, n, change_msat,
    balance_msat - sum(change_msat) over creator + sum(change_msat) over in_order
  from told join head using (creator_id)
  window creator as (partition by creator_id), in_order as (partition by creator_id order by entry_id, n);
  insert into ledger_account (creator_id, kind)
    select creator_id, account
    from (select creator_id, from_account as account from added union select creator_id, to_account from added) as touched
    order by creator_id, account
    on conflict do nothing;
  perform 1 from ledger_account as a
    where (a.creator_id, a.kind) in (
      select creator_id, from_account from added union select creator_id, to_account from added
    )
    order by a.creator_id, a.kind
    for update;
  update ledger_account as a set balance_msat = a.balance_msat + moved.delta
    from (
      select creator_id, account, sum(delta)::bigint as delta
      from (
        select creator_id, to_account as account, amount_msat as delta from added
        union all
        select creator_id, from_account, -amount_msat from added
      ) as sides
      group by creator_id, account
    ) as moved
    where a.creator_id = moved.creator_id and a.kind = moved.account;
  return null;
end $$;
revoke all on function "tell_postings"("posting"[]) from public;

lock table "posting" in share row exclusive mode;
insert into "statement_line" ("creator_id", "line", "entry_id", "n", "change_msat", "balance_msat")
  select told.creator_id, row_number() over in_order, told.entry_id, told.n, told.change_msat, sum(told.change_msat) over in_order
  from "ledger_entry" as entry
  cross join lateral (
    select array_agg(posting) as moved from "posting" where posting.creator_id = entry.creator_id and posting.entry_id = entry.id) as one
  cross join lateral tell_postings(one.moved) as told
  window in_order as (partition by entry.creator_id order by entry.created_at, entry.id, told.n);
insert into "statement" ("creator_id", "lines", "balance_msat")
  select creator_id, count(*), sum(change_msat) from "statement_line" group by creator_id;

grant select on "statement", "statement_line" to "satstile_web", "satstile_jobs";
alter table "statement" enable row level security;
alter table "statement_line" enable row level security;
do $$
declare name text;
begin
  foreach name in array array['statement', 'statement_line'] loop
    execute format('create policy web_own on %I to satstile_web using (creator_id = current_creator()) with check (creator_id = current_creator())', name);
    execute format('create policy zones_all on %I to satstile_gate, satstile_jobs using (true) with check (true)', name);
  end loop;
end $$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Payouts. The dashboard may ask; everything after that is written by "satstile_payouts" and by nobody else.
-- ---------------------------------------------------------------------------------------------------------------------

-- A routing fee above its cap is ours to lose, so that a payment that happened can always be booked.
alter table "ledger_account" drop constraint "ledger_account_kind_known",
  add constraint "ledger_account_kind_known" check ("kind" in ('node', 'settling', 'available', 'reserved', 'fee', 'routing', 'loss'));
alter table "posting" drop constraint "posting_accounts_known",
  add constraint "posting_accounts_known" check (
    "from_account" in ('node', 'settling', 'available', 'reserved', 'fee', 'routing', 'loss')
    and "to_account" in ('node', 'settling', 'available', 'reserved', 'fee', 'routing', 'loss'));

create table "payout" (
  "creator_id" text not null,
  "id" text not null,
  "state" text not null default 'requested',
  "amount_msat" bigint not null,
  "fee_cap_msat" bigint not null,
  "destination" text not null,
  "asked_by" text not null,
  "asked_at" timestamptz(3) not null default current_timestamp,
  "proof_sealed" bytea not null,
  "cancel_asked_at" timestamptz(3),
  "approved_at" timestamptz(3),
  "waits_until" timestamptz(3),
  "invoice" text,
  "payment_hash" bytea,
  "reserved_at" timestamptz(3),
  "dispatched_at" timestamptz(3),
  "unknown_at" timestamptz(3),
  "node_asked_at" timestamptz(3),
  "missing_since_at" timestamptz(3),
  "ended_at" timestamptz(3),
  "fee_msat" bigint,
  "preimage" bytea,
  "problem" text,
  constraint "payout_pkey" primary key ("creator_id", "id"),
  constraint "payout_creator_id_fkey" foreign key ("creator_id") references "creator"("id"),
  constraint "payout_state_known" check ("state" in ('requested', 'reserved', 'fixed', 'dispatched', 'unknown', 'succeeded', 'failed', 'canceled')),
  constraint "payout_amounts" check ("amount_msat" > 0 and "fee_cap_msat" >= 0 and "fee_msat" >= 0),
  constraint "payout_bytes_form" check (octet_length("payment_hash") = 32 and octet_length("preimage") = 32 and octet_length("proof_sealed") <= 1024),
  constraint "payout_destination_bounded" check (length("destination") between 1 and 4096),
  constraint "payout_sent_is_whole" check (
    "state" not in ('fixed', 'dispatched', 'unknown', 'succeeded') or num_nulls("invoice", "payment_hash", "approved_at", "reserved_at") = 0),
  constraint "payout_paid_is_proven" check ("state" <> 'succeeded' or num_nulls("fee_msat", "preimage") = 0)
);
create unique index "payout_payment_hash_key" on "payout"("payment_hash");
create index "payout_open" on "payout"("state", "asked_at") where "state" in ('requested', 'reserved', 'fixed', 'dispatched', 'unknown');
create index "payout_of_creator" on "payout"("creator_id", "asked_at");
create index "payout_reserved" on "payout"("reserved_at") where "reserved_at" is not null;

-- The state graph, once more where no code of ours can go round it. What was asked for never changes, nor what was fixed.
create function "guard_payout"() returns trigger language plpgsql as $$
begin
  if old.state <> new.state and (old.state || '>' || new.state) not in (
    'requested>reserved', 'requested>failed', 'requested>canceled', 'reserved>fixed', 'reserved>failed', 'reserved>canceled',
    'fixed>dispatched', 'fixed>failed', 'fixed>canceled', 'dispatched>unknown', 'dispatched>succeeded', 'dispatched>failed',
    'unknown>succeeded', 'unknown>failed') then
    raise exception 'a payout does not go from % to %', old.state, new.state using errcode = 'check_violation';
  end if;
  if (old.creator_id, old.id, old.amount_msat, old.fee_cap_msat, old.destination, old.asked_by, old.proof_sealed)
    is distinct from (new.creator_id, new.id, new.amount_msat, new.fee_cap_msat, new.destination, new.asked_by, new.proof_sealed)
    or (old.payment_hash is not null and (old.payment_hash, old.invoice) is distinct from (new.payment_hash, new.invoice)) then
    raise exception 'what a payout was asked for never changes' using errcode = 'check_violation';
  end if;
  if old.state in ('succeeded', 'failed', 'canceled') and new is distinct from old then
    raise exception 'a payout that has ended never changes' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger "payout_guarded" before update on "payout" for each row execute function "guard_payout"();
create trigger "payout_stays" before delete or truncate on "payout" for each statement execute function "refuse_change"();

-- Where money of a creator may go, and from when on.
create table "payout_destination" (
  "creator_id" text not null,
  "name" text not null,
  "seen_at" timestamptz(3) not null default current_timestamp,
  "usable_at" timestamptz(3) not null,
  "announced_at" timestamptz(3),
  constraint "payout_destination_pkey" primary key ("creator_id", "name"),
  constraint "payout_destination_creator_id_fkey" foreign key ("creator_id") references "creator"("id")
);

-- An authenticator: its secret is sealed to the payouts' key. "proof_sealed" holds the code that shows that it was taken over.
create table "payout_factor" (
  "creator_id" text not null,
  "id" text not null,
  "user_id" text not null,
  "secret_sealed" bytea not null,
  "proof_sealed" bytea not null,
  "recovery_digests" bytea[] not null,
  "asked_at" timestamptz(3) not null default current_timestamp,
  "checked_at" timestamptz(3),
  "confirmed_at" timestamptz(3),
  "ended_at" timestamptz(3),
  "last_step" bigint not null default 0,
  constraint "payout_factor_pkey" primary key ("creator_id", "id"),
  constraint "payout_factor_creator_id_fkey" foreign key ("creator_id") references "creator"("id"),
  constraint "payout_factor_bounded" check (
    octet_length("secret_sealed") <= 1024 and octet_length("proof_sealed") <= 1024 and cardinality("recovery_digests") <= 16)
);
create unique index "payout_factor_one" on "payout_factor"("creator_id") where "confirmed_at" is not null and "ended_at" is null;

-- Why nothing is paid out now. Whoever has looked into it deletes the row, as the owner.
create table "payout_stop" (
  "reason" text not null,
  "since" timestamptz(3) not null default current_timestamp,
  constraint "payout_stop_pkey" primary key ("reason")
);

grant usage on schema "public" to "satstile_payouts";
grant insert ("creator_id", "id", "amount_msat", "fee_cap_msat", "destination", "asked_by", "proof_sealed"),
  update ("cancel_asked_at") on "payout" to "satstile_web";
grant select ("creator_id", "id", "state", "amount_msat", "fee_cap_msat", "destination", "asked_by", "asked_at", "cancel_asked_at",
  "approved_at", "waits_until", "payment_hash", "reserved_at", "dispatched_at", "unknown_at", "node_asked_at", "ended_at", "fee_msat",
  "preimage", "problem") on "payout" to "satstile_web";
grant select ("creator_id", "id", "user_id", "asked_at", "checked_at", "confirmed_at", "ended_at"),
  insert ("creator_id", "id", "user_id", "secret_sealed", "proof_sealed", "recovery_digests") on "payout_factor" to "satstile_web";
grant select on "payout_destination", "payout_stop" to "satstile_web";

grant select on "payout", "payout_destination", "payout_factor", "payout_stop", "creator", "member", "ledger_account", "ledger_entry",
  "posting", "statement", "audit_mark" to "satstile_payouts";
grant select ("id", "email") on "user" to "satstile_payouts";
grant update ("state", "approved_at", "waits_until", "invoice", "payment_hash", "reserved_at", "dispatched_at", "unknown_at",
  "node_asked_at", "missing_since_at", "ended_at", "fee_msat", "preimage", "problem") on "payout" to "satstile_payouts";
grant update ("checked_at", "confirmed_at", "ended_at", "last_step", "recovery_digests") on "payout_factor" to "satstile_payouts";
grant insert, update ("announced_at") on "payout_destination" to "satstile_payouts";
grant insert on "payout_stop", "ledger_entry", "posting", "audit_mark" to "satstile_payouts";
grant update on "audit_mark" to "satstile_payouts";

do $$
declare name text;
begin
  foreach name in array array['payout', 'payout_destination', 'payout_factor'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy web_own on %I to satstile_web using (creator_id = current_creator()) with check (creator_id = current_creator())', name);
    execute format('create policy payouts_all on %I to satstile_payouts using (true) with check (true)', name);
  end loop;
  foreach name in array array['creator', 'member', 'ledger_account', 'ledger_entry', 'posting', 'statement'] loop
    execute format('create policy payouts_all on %I to satstile_payouts using (true) with check (true)', name);
  end loop;
end $$;
