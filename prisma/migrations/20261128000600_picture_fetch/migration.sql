-- Pictures that lie elsewhere: asked for by the dashboard, fetched by the jobs, which alone of the two may open such a URL.
create table "picture_fetch" (
  "creator_id" text not null,
  "resource_id" text not null,
  "url" text not null,
  "asked_at" timestamptz(3) not null default current_timestamp,
  "ended_at" timestamptz(3),
  "digest" bytea,
  "problem" text,
  constraint "picture_fetch_pkey" primary key ("creator_id", "resource_id", "url"),
  constraint "picture_fetch_creator_id_resource_id_fkey" foreign key ("creator_id", "resource_id")
    references "resource" ("creator_id", "id") on delete cascade on update cascade,
  constraint "picture_fetch_url_fits" check (octet_length("url") between 1 and 2048),
  constraint "picture_fetch_digest_is_sha256" check (octet_length("digest") = 32),
  -- Waiting, a picture, or a problem.
  constraint "picture_fetch_one_end" check (num_nonnulls("digest", "problem") = num_nonnulls("ended_at"))
);
create index "picture_fetch_waiting" on "picture_fetch" ("asked_at") where "ended_at" is null;

grant select, insert, delete on "picture_fetch" to "satstile_web";
grant update ("asked_at", "ended_at", "digest", "problem") on "picture_fetch" to "satstile_web";
grant select, delete, update ("ended_at", "digest", "problem") on "picture_fetch" to "satstile_jobs";
alter table "picture_fetch" enable row level security;
create policy "web_own" on "picture_fetch" to "satstile_web" using (creator_id = current_creator()) with check (creator_id = current_creator());
create policy "jobs_all" on "picture_fetch" to "satstile_jobs" using (true) with check (true);

-- What is fetched becomes a picture as an upload does. Of a draft the jobs see that it is there, and not a word of it.
grant insert, update ("of_digest", "width", "height") on "article_picture" to "satstile_jobs";
grant select ("creator_id", "resource_id") on "article_draft" to "satstile_jobs";
