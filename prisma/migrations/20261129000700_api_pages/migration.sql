-- Pages of an API: a seller tries a request at their own API, and takes an API away.

-- Asked by the dashboard, which has no keys and opens nobody's URL; made by a gateway, which has and may; kept for minutes.
create table "test_request" (
  "creator_id" text not null,
  "id" text not null,
  "resource_id" text not null,
  "role" text not null,
  "method" text not null,
  "path" text not null,
  "asked_at" timestamptz(3) not null default current_timestamp,
  "taken_at" timestamptz(3),
  "result" text,
  constraint "test_request_pkey" primary key ("creator_id", "id"),
  constraint "test_request_creator_id_resource_id_fkey" foreign key ("creator_id", "resource_id")
    references "resource" ("creator_id", "id") on delete cascade on update cascade,
  constraint "test_request_role_known" check ("role" in ('stranger', 'payer', 'expired')),
  constraint "test_request_method_form" check ("method" ~ '^[A-Z]{1,16}$'),
  constraint "test_request_path_form" check ("path" ~ '^/[!-~]*$' and length("path") <= 2048),
  constraint "test_request_result_fits" check (octet_length("result") <= 65536),
  constraint "test_request_taken_before_result" check ("result" is null or "taken_at" is not null)
);
create index "test_request_waiting" on "test_request" ("asked_at") where "taken_at" is null;

grant select, insert on "test_request" to "satstile_web";
grant select, delete, update ("taken_at", "result") on "test_request" to "satstile_gate";
alter table "test_request" enable row level security;
create policy "web_own" on "test_request" to "satstile_web" using (creator_id = current_creator()) with check (creator_id = current_creator());
create policy "gate_all" on "test_request" to "satstile_gate" using (true) with check (true);

-- An API that is taken away leaves neither the address of its server nor what was sealed for it.
grant delete on "upstream" to "satstile_web";
-- A file that is taken away leaves none of its versions.
drop trigger "resource_file_whole" on "resource";
create constraint trigger "resource_file_whole" after insert or update on "resource"
  deferrable initially deferred for each row
  when (new.kind = 'file' and new.published_at is not null and new.deleted_at is null)
  execute function "check_file_is_whole"();
grant delete on "file", "file_version" to "satstile_web";
