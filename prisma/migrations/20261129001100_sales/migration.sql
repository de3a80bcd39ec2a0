-- A creator's sales, looked up by what a buyer can paste. A secret is hashed in the browser, and since 64 digits may be a
-- payment proof as well as a hash or an id, a hash and an id are asked for by their own hash.
create index "settlement_hash_key" on "settlement" (sha256("payment_hash"));
create index "settlement_token_key" on "settlement" (sha256("token_id"));
-- The first four bytes of a token id are the key's, the same for nearly all sales of a creator.
create index "settlement_token_start" on "settlement" ("creator_id", substr("token_id", 5, 4));
create index "settlement_of_resource" on "settlement" ("creator_id", "resource_id", "settled_at");
create index "settlement_overpaid" on "settlement" ("creator_id", "settled_at") where "received_msat" > "amount_msat";

-- Row security keeps an expression out of an index, so these look-ups are the owner's, for the creator who asks alone.
create function "find_sales"("wanted" bytea) returns setof text language sql stable security definer set search_path = public, pg_temp as $$
  select challenge_id from settlement where payment_hash = wanted and creator_id = current_creator()
  union select challenge_id from settlement where sha256(payment_hash) = wanted and creator_id = current_creator()
  union select challenge_id from settlement where sha256(token_id) = wanted and creator_id = current_creator()
$$;
create function "find_sales_by_start"("wanted" bytea) returns setof text language sql stable security definer set search_path = public, pg_temp as $$
  select challenge_id from settlement where creator_id = current_creator() and substr(token_id, 5, 4) = wanted
  order by challenge_id desc limit 50
$$;
revoke all on function "find_sales"(bytea), "find_sales_by_start"(bytea) from public;
grant execute on function "find_sales"(bytea), "find_sales_by_start"(bytea) to "satstile_web";
