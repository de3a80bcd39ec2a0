-- Sessions and links are kept as digests from here on: a copy of the database signs nobody in. Whoever is signed in stays so;
-- links under way were bound to their browser in another way and are asked for again.
update "session" set "session_token" = encode(sha256(convert_to("session_token", 'UTF8')), 'hex');
delete from "verification_token";
alter table "session" add constraint "session_token_digest" check ("session_token" ~ '^[0-9a-f]{64}$');
alter table "verification_token" add constraint "verification_token_digest" check ("token" ~ '^[0-9a-f]{64}$');
-- What ran out is deleted by its time.
create index "session_expires_idx" on "session" ("expires");
create index "verification_token_expires_idx" on "verification_token" ("expires");

-- In which language a creator writes, and whose days their figures count.
alter table "creator" add column "language" text not null default 'en', add column "time_zone" text not null default 'UTC';
alter table "creator" add constraint "creator_language_tag" check ("language" ~ '^[A-Za-z0-9-]{2,35}$');
alter table "creator" add constraint "creator_time_zone_name" check ("time_zone" ~ '^[A-Za-z0-9/_+-]{1,64}$');
grant update ("language", "time_zone") on "creator" to "satstile_web";
