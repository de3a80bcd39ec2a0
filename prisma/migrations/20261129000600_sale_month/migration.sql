-- Sums of a month (UTC): what the overview of a quarter adds up instead of thirty days of each resource.
create table "sale_month" (
  "creator_id" text not null,
  "month" date not null,
  "resource_id" text not null,
  "sales" bigint not null,
  "net_msat" bigint not null,
  constraint "sale_month_pkey" primary key ("creator_id", "month", "resource_id"),
  constraint "sale_month_begins" check (extract(day from "month") = 1)
);
grant select on "sale_month" to "satstile_web", "satstile_jobs";
alter table "sale_month" enable row level security;
create policy "web_own" on "sale_month" to "satstile_web" using (creator_id = current_creator()) with check (creator_id = current_creator());
create policy "zones_all" on "sale_month" to "satstile_gate", "satstile_jobs" using (true) with check (true);

-- In key order, so that two settlers never wait for each other.
create or replace function "count_sales"() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
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
  insert into sale_month as s (creator_id, month, resource_id, sales, net_msat)
    select creator_id, date_trunc('month', settled_at at time zone 'UTC')::date, resource_id, count(*), sum(received_msat - fee_msat)
    from added group by 1, 2, 3 order by 1, 2, 3
    on conflict (creator_id, month, resource_id) do update
      set sales = s.sales + excluded.sales, net_msat = s.net_msat + excluded.net_msat;
  return null;
end $$;

lock table "settlement" in share row exclusive mode;
insert into "sale_month" ("creator_id", "month", "resource_id", "sales", "net_msat")
  select creator_id, date_trunc('month', day)::date, resource_id, sum(sales), sum(net_msat) from "sale_day" group by 1, 2, 3;
