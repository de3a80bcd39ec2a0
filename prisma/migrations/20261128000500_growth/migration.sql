-- What keeps the cost of a question from growing with what was not asked: marks of change, roll-ups, indexes, watermarks.

-- ---------------------------------------------------------------------------------------------------------------------
-- Marks of change: the number of the transaction that changed a row last. Postgres hands these numbers out anyway, for the
-- whole cluster; a reader that remembers the oldest one still under way when it looked (pg_snapshot_xmin) asks for
-- everything from there on and misses nothing, in whatever order transactions become visible.
-- ---------------------------------------------------------------------------------------------------------------------
alter table "creator" add column "changed_in" bigint not null default 0;
alter table "resource" add column "changed_in" bigint not null default 0;

create function "this_transaction"() returns bigint language sql volatile as $$
  select pg_current_xact_id()::text::bigint
$$;

create function "mark_changed"() returns trigger language plpgsql as $$
begin
  new.changed_in := this_transaction();
  return new;
end $$;
create trigger "creator_marked" before update on "creator" for each row
  when (new.change_number <> old.change_number or new.handle <> old.handle) execute function "mark_changed"();
create trigger "resource_marked" before insert or update on "resource" for each row execute function "mark_changed"();

-- What belongs to a resource marks the resource. A table of another kind gets the same trigger.
create function "mark_resource"() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update resource set changed_in = this_transaction()
    where creator_id = new.creator_id and id = new.resource_id and changed_in <> this_transaction();
  return null;
end $$;
create trigger "article_marks_resource" after insert or update on "article" for each row execute function "mark_resource"();
create trigger "article_picture_marks_resource" after insert or update on "article_picture" for each row execute function "mark_resource"();
create trigger "offer_marks_resource" after insert or update on "offer" for each row execute function "mark_resource"();

create function "mark_resource_of_price"() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update resource set changed_in = this_transaction() from offer
    where offer.creator_id = new.creator_id and offer.id = new.offer_id and changed_in <> this_transaction()
      and resource.creator_id = offer.creator_id and resource.id = offer.resource_id;
  return null;
end $$;
create trigger "price_marks_resource" after insert on "price" for each row execute function "mark_resource_of_price"();
revoke all on function "mark_resource"(), "mark_resource_of_price"() from public;

create index "creator_changed" on "creator" ("changed_in", "id");
create index "resource_changed" on "resource" ("creator_id", "changed_in");
create index "denied_changed" on "denied" ("creator_id", "change_number");
