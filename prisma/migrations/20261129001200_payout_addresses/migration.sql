-- An address is asked for an invoice once for each payout: that it was asked is committed before the question leaves, and never undone.
alter table "payout" add column "resolving_at" timestamptz(3);
grant update ("resolving_at") on "payout" to "satstile_payouts";

create function "guard_payout_resolving"() returns trigger language plpgsql as $$
begin
  if old.resolving_at is not null and old.resolving_at is distinct from new.resolving_at then
    raise exception 'a payout asks its address once' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger "payout_resolving_guarded" before update on "payout" for each row execute function "guard_payout_resolving"();
