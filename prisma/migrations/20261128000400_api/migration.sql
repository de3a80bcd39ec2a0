-- APIs: a resource that has several services, each sold by itself; the server behind it; uses that are held while it works.

-- ---------------------------------------------------------------------------------------------------------------------
-- Offer: what it covers, and on which terms. Without a service of its own it sells the resource as a whole.
-- ---------------------------------------------------------------------------------------------------------------------
alter table "offer"
  add column "service" text,
  add column "tier" integer not null default 0,
  add column "capabilities" text[] default '{read}',
  add column "rate" text,
  add column "withdrawn_at" timestamptz(3),
  add constraint "offer_service_fkey" foreign key ("service") references "service" ("name") on delete restrict on update cascade,
  add constraint "offer_tier_fits" check ("tier" between 0 and 255),
  add constraint "offer_capabilities_form" check (
    array_to_string("capabilities", ',') ~ '^([a-z][a-z0-9_]{0,31}(,[a-z][a-z0-9_]{0,31})*)?$'
  ),
  add constraint "offer_rate_form" check ("rate" ~ '^[1-9][0-9]{0,5}/[1-9][0-9]{0,4}$');
drop index "offer_creator_id_resource_id_kind_key";
create index "offer_creator_id_resource_id_idx" on "offer" ("creator_id", "resource_id");
create unique index "offer_of_resource" on "offer" ("creator_id", "resource_id", "kind") where "service" is null;
create unique index "offer_of_service" on "offer" ("creator_id", "service", "kind") where "service" is not null;
grant update ("tier", "capabilities", "rate", "lasts_seconds", "uses", "withdrawn_at") on "offer" to "satstile_web";

-- ---------------------------------------------------------------------------------------------------------------------
-- Upstream: a creator's server. What it is told in secret is sealed to the gateway's key: the dashboard writes it and has
-- no right to read it back.
-- ---------------------------------------------------------------------------------------------------------------------
create table "upstream" (
  "creator_id" text not null,
  "resource_id" text not null,
  "url" text not null,
  "timeout_ms" integer not null default 30000,
  "signing_sealed" bytea not null,
  "updated_at" timestamptz(3) not null default current_timestamp,
  constraint "upstream_pkey" primary key ("creator_id", "resource_id"),
  constraint "upstream_creator_id_resource_id_fkey" foreign key ("creator_id", "resource_id")
    references "resource" ("creator_id", "id") on delete restrict on update cascade,
  constraint "upstream_url_form" check ("url" ~ '^https?://[!-~]+$' and length("url") <= 2048),
  constraint "upstream_timeout_bounded" check ("timeout_ms" between 1000 and 600000),
  constraint "upstream_signing_is_sealed" check (octet_length("signing_sealed") > 60)
);
create table "upstream_header" (
  "creator_id" text not null,
  "resource_id" text not null,
  "name" text not null,
  "sealed" bytea not null,
  constraint "upstream_header_pkey" primary key ("creator_id", "resource_id", "name"),
  constraint "upstream_header_creator_id_resource_id_fkey" foreign key ("creator_id", "resource_id")
    references "upstream" ("creator_id", "resource_id") on delete restrict on update cascade,
  constraint "upstream_header_name_form" check ("name" ~ '^[a-z0-9-]{1,64}$'),
  constraint "upstream_header_is_sealed" check (octet_length("sealed") between 61 and 8192)
);

-- ---------------------------------------------------------------------------------------------------------------------
-- Rules in their order: the first that fits a request says what it costs. Without a service it is free.
-- ---------------------------------------------------------------------------------------------------------------------
create table "rule" (
  "creator_id" text not null,
  "resource_id" text not null,
  "n" integer not null,
  "service" text,
  "name" text not null,
  "methods" text[] not null,
  "host" text,
  "path" text not null,
  "tier" integer not null default 0,
  "capability" text,
  constraint "rule_pkey" primary key ("creator_id", "resource_id", "n"),
  constraint "rule_creator_id_resource_id_fkey" foreign key ("creator_id", "resource_id")
    references "upstream" ("creator_id", "resource_id") on delete restrict on update cascade,
  constraint "rule_service_fkey" foreign key ("service") references "service" ("name") on delete restrict on update cascade,
  constraint "rule_in_order" check ("n" between 0 and 199),
  constraint "rule_path_form" check ("path" ~ '^/[!-~]*$' and length("path") <= 256),
  constraint "rule_methods_form" check (array_to_string("methods", ',') ~ '^([A-Z]{1,16}(,[A-Z]{1,16})*)?$'),
  constraint "rule_tier_fits" check ("tier" between 0 and 255),
  constraint "rule_capability_form" check ("capability" ~ '^[a-z][a-z0-9_]{0,31}$')
);
-- One service is opened by one rule: a cheap route never opens a dear one.
create unique index "rule_service_key" on "rule" ("service");

create trigger "upstream_marks_resource" after insert or update on "upstream" for each row execute function "mark_resource"();
create trigger "upstream_header_marks_resource" after insert or update on "upstream_header" for each row execute function "mark_resource"();
create trigger "rule_marks_resource" after insert or update on "rule" for each row execute function "mark_resource"();

-- ---------------------------------------------------------------------------------------------------------------------
-- A use that was taken and whose result is still to come. It goes back to its counter when there is none, also when the
-- gateway that held it is gone.
-- ---------------------------------------------------------------------------------------------------------------------
create table "use_lease" (
  "creator_id" text not null,
  "id" text not null,
  "token_id" bytea not null,
  "service" text not null,
  "kind" text not null,
  "cost" bigint not null,
  "expires_at" timestamptz(3) not null,
  constraint "use_lease_pkey" primary key ("creator_id", "id", "kind"),
  constraint "use_lease_of_counter" foreign key ("creator_id", "token_id", "service", "kind")
    references "use_counter" ("creator_id", "token_id", "service", "kind") on delete restrict on update cascade,
  constraint "use_lease_holds_something" check ("cost" >= 0)
);
create index "use_lease_expires_at_idx" on "use_lease" ("expires_at");
create index "use_lease_counter" on "use_lease" ("creator_id", "token_id", "service", "kind", "expires_at");

-- ---------------------------------------------------------------------------------------------------------------------
-- Rights and row security of the new tables.
-- ---------------------------------------------------------------------------------------------------------------------
grant select on "upstream", "upstream_header", "rule" to "satstile_gate";
grant select, insert, delete on "use_lease" to "satstile_gate";
grant update ("expires_at") on "use_lease" to "satstile_gate";
-- Jobs gives back what dead gateways held.
grant select, delete on "use_lease" to "satstile_jobs";
grant update ("used") on "use_counter" to "satstile_jobs";
grant select ("creator_id", "resource_id", "url", "timeout_ms", "updated_at") on "upstream" to "satstile_web";
grant select ("creator_id", "resource_id", "name") on "upstream_header" to "satstile_web";
grant insert, update on "upstream", "upstream_header" to "satstile_web";
grant delete on "upstream_header" to "satstile_web";
grant select, insert, delete on "rule" to "satstile_web";
do $$
declare name text;
begin
  foreach name in array array['upstream', 'upstream_header', 'rule', 'use_lease'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy web_own on %I to satstile_web using (creator_id = current_creator()) with check (creator_id = current_creator())', name);
    execute format('create policy zones_all on %I to satstile_gate, satstile_jobs using (true) with check (true)', name);
  end loop;
end $$;
