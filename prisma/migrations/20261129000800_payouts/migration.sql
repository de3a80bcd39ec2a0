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
