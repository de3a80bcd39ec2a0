-- Who is kept out, how those who paid are let in, what was refused and why, and who of ours is alive.

-- ---------------------------------------------------------------------------------------------------------------------
-- Blocked: a network, or a token by its mark, which is what an upstream is told of it (protocol.md §2.6).
-- ---------------------------------------------------------------------------------------------------------------------
create table "blocked" (
  "creator_id" text not null,
  "id" text not null,
  "network" text,
  "token" bytea,
  "note" text not null default '',
  "created_at" timestamptz(3) not null default current_timestamp,
  constraint "blocked_pkey" primary key ("creator_id", "id"),
  constraint "blocked_creator_id_fkey" foreign key ("creator_id") references "creator" ("id"),
  constraint "blocked_one_subject" check (num_nonnulls("network", "token") = 1),
  -- As Postgres spells it, so that one network is one row.
  constraint "blocked_network_form" check ("network" = "network"::cidr::text),
  constraint "blocked_token_is_mark" check (octet_length("token") = 16),
  constraint "blocked_note_fits" check (length("note") <= 200)
);
create unique index "blocked_network" on "blocked" ("creator_id", "network") where "network" is not null;
create unique index "blocked_token" on "blocked" ("creator_id", "token") where "token" is not null;

-- ---------------------------------------------------------------------------------------------------------------------
-- Access to a resource, for who has paid.
-- ---------------------------------------------------------------------------------------------------------------------
create table "resource_access" (
  "creator_id" text not null,
  "resource_id" text not null,
  "require_settled" boolean not null default false,
  "browsers_pay" boolean not null default false,
  "token_rate" text,
  "token_at_once" integer,
  constraint "resource_access_pkey" primary key ("creator_id", "resource_id"),
  constraint "resource_access_creator_id_resource_id_fkey" foreign key ("creator_id", "resource_id")
    references "resource" ("creator_id", "id") on delete cascade on update cascade,
  constraint "resource_access_rate_form" check ("token_rate" ~ '^[1-9][0-9]{0,5}/[1-9][0-9]{0,4}$'),
  constraint "resource_access_at_once_bounded" check ("token_at_once" between 1 and 1000)
);
create trigger "resource_access_marks_resource" after insert or update on "resource_access"
  for each row execute function "mark_resource"();

-- ---------------------------------------------------------------------------------------------------------------------
-- Refusals and upstreams by day.
-- ---------------------------------------------------------------------------------------------------------------------
create table "refusal_day" (
  "creator_id" text not null,
  "resource_id" text not null,
  "day" date not null,
  "reason" text not null,
  "detail" text not null,
  "count" bigint not null,
  constraint "refusal_day_pkey" primary key ("creator_id", "resource_id", "day", "reason", "detail"),
  constraint "refusal_day_words" check ("reason" ~ '^[a-z0-9_.]{1,40}$' and "detail" ~ '^[a-z0-9_]{0,40}$'),
  constraint "refusal_day_counts" check ("count" >= 0)
);
create index "refusal_day_day" on "refusal_day" ("day");

create table "upstream_day" (
  "creator_id" text not null,
  "resource_id" text not null,
  "day" date not null,
  "calls" bigint not null,
  "unreachable" bigint not null,
  "timeouts" bigint not null,
  "failed" bigint not null,
  "slots" bigint[],
  constraint "upstream_day_pkey" primary key ("creator_id", "resource_id", "day"),
  constraint "upstream_day_counts" check (least("calls", "unreachable", "timeouts", "failed") >= 0),
  constraint "upstream_day_slots_bounded" check (coalesce(array_length("slots", 1), 0) <= 64)
);
create index "upstream_day_day" on "upstream_day" ("day");

-- ---------------------------------------------------------------------------------------------------------------------
-- Signs of life. Written every two seconds, cleared away on their own page.
-- ---------------------------------------------------------------------------------------------------------------------
create table "live_worker" (
  "id" text not null,
  "seen_at" timestamptz(3) not null default current_timestamp,
  constraint "live_worker_pkey" primary key ("id")
);
alter table "live_worker" set (fillfactor = 50);
grant select, insert, delete, update ("seen_at") on "live_worker" to "satstile_jobs";
grant select on "live_worker" to "satstile_gate", "satstile_web";
grant select on "live_gateway" to "satstile_web";

-- ---------------------------------------------------------------------------------------------------------------------
-- Rights and row security.
-- ---------------------------------------------------------------------------------------------------------------------
grant select on "blocked", "resource_access" to "satstile_gate";
grant select, insert, delete on "blocked" to "satstile_web";
grant select, insert, update ("require_settled", "browsers_pay", "token_rate", "token_at_once") on "resource_access" to "satstile_web";
grant select, insert, update on "refusal_day", "upstream_day" to "satstile_gate";
grant select on "refusal_day", "upstream_day" to "satstile_web";
grant select, delete on "refusal_day", "upstream_day" to "satstile_jobs";
do $$
declare name text;
begin
  foreach name in array array['blocked', 'resource_access', 'refusal_day', 'upstream_day'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy web_own on %I to satstile_web using (creator_id = current_creator()) with check (creator_id = current_creator())', name);
    execute format('create policy zones_all on %I to satstile_gate, satstile_jobs using (true) with check (true)', name);
  end loop;
end $$;
