/** One row of every creator-owned table, written by the owner: what row security and grants are tried on. */
import type { Db } from '#lib/db.ts'

/** A new row for `creatorId` in each table that carries a creator; `mark` (one hex digit) keeps unique bytes apart. */
export function rowsOfCreator(creatorId: string, mark: string): Record<string, string> {
  const bytes = (length: number) => `'\\x${mark.repeat(length * 2)}'`
  const token = bytes(32)
  const id = `'${creatorId}'`
  return {
    creator: `insert into creator (id, short_id, handle, name) values (${id}, '${mark.repeat(3)}', 'handle-${mark}', 'Name')`,
    member: `insert into member (creator_id, user_id, role) values (${id}, 'user-${mark}', 'owner')`,
    service: `insert into service (name, creator_id) values ('service-${mark}', ${id})`,
    resource: `insert into resource (creator_id, id, kind, slug, title) values (${id}, 'res', 'article', 'slug', 'Title')`,
    article: `insert into article (creator_id, resource_id, words, preview_words, source_digest, preview_digest, body_digest)
      values (${id}, 'res', 9, 3, ${token}, ${token}, ${token})`,
    article_draft: `insert into article_draft (creator_id, resource_id, title, markdown, cut_block) values (${id}, 'res', 'Title', 'Text', 1)`,
    article_version: `insert into article_version (creator_id, resource_id, revision, title, lead, markdown, cut_block) values (${id}, 'res', 1, 'Title', '', 'Text', 1)`,
    resource_address: `insert into resource_address (creator_id, slug, resource_id) values (${id}, 'before', 'res')`,
    article_picture: `insert into article_picture (creator_id, resource_id, digest, media_type, byte_length) values (${id}, 'res', ${token}, 'image/png', 1)`,
    picture_fetch: `insert into picture_fetch (creator_id, resource_id, url) values (${id}, 'res', 'https://example.test/')`,
    file_version: `insert into file_version (creator_id, resource_id, version, name, media_type, byte_length, digest)
      values (${id}, 'res', 1, 'a.pdf', 'application/pdf', 1, ${token})`,
    file: `insert into file (creator_id, resource_id, version) values (${id}, 'res', 1)`,
    page: `insert into page (creator_id, resource_id, markdown, words, source_digest, preview_digest, body_digest, tree_digest)
      select ${id}, 'res', 'text', 1, d, d, d, d from (select decode(repeat('0a', 32), 'hex') as d) as digest`,
    upload: `insert into upload (creator_id, id, name, byte_length) values (${id}, 'upl', 'a.pdf', 1)`,
    delivery: `insert into delivery (creator_id, token_id, service, etag, moved_at) values (${id}, ${token}, 's', '"a"', now())`,
    api_key: `insert into api_key (creator_id, id, name, public_id, secret_hash) values (${id}, 'key', 'Name', '${mark.repeat(12)}', ${token})`,
    idempotency_key: `insert into idempotency_key (creator_id, endpoint, key, request_hash) values (${id}, 'verify', 'k', ${token})`,
    offer: `insert into offer (creator_id, id, resource_id, kind) values (${id}, 'off', 'res', 'single')`,
    price: `insert into price (creator_id, offer_id, version, amount_msat) values (${id}, 'off', 1, 1000)`,
    upstream: `insert into upstream (creator_id, resource_id, url, signing_sealed) values (${id}, 'res', 'https://api.example.com', ${bytes(92)})`,
    upstream_header: `insert into upstream_header (creator_id, resource_id, name, sealed) values (${id}, 'res', 'x-key', ${bytes(80)})`,
    rule: `insert into rule (creator_id, resource_id, n, name, methods, path) values (${id}, 'res', 0, 'all', '{}', '/**')`,
    price_trouble: `insert into price_trouble (creator_id, resource_id, service, sentence) values (${id}, 'res', 'service-${mark}', 'No.')`,
    demand: `insert into demand (creator_id, service, gateway_id, per_minute) values (${id}, 'service-${mark}', 'gtw', 1)`,
    test_request: `insert into test_request (creator_id, id, resource_id, role, method, path) values (${id}, 'tst', 'res', 'payer', 'GET', '/')`,
    ring_key: `insert into ring_key (creator_id, key_id, wrapped, wrapping_key_id, state) values (${id}, ${bytes(4)}, ${bytes(60)}, 'k', 'active')`,
    denied: `insert into denied (creator_id, kind, subject, change_number) values (${id}, 'token', ${token}, 1)`,
    use_counter: `insert into use_counter (creator_id, token_id, service, kind) values (${id}, ${token}, 's', 'uses')`,
    top_up: `insert into top_up (creator_id, token_id, service, kind, root_token_id, amount, minted, raised) values (${id}, ${token}, 's', 'uses', '\\x00', 5, 9, 0)`,
    free_use: `insert into free_use (creator_id, service, month, network, used) values (${id}, 's', '2026-11-01', '192.0.2', 1)`,
    use_lease: `insert into use_lease (creator_id, id, token_id, service, kind, cost, expires_at) values (${id}, 'use', ${token}, 's', 'uses', 1, now())`,
    challenge: `insert into challenge (creator_id, id, token_id, payment_hash, resource_id, offer_id, price_version, amount_msat, services,
      caveats, channel, invoice, backend_id, list_cursor, expires_at)
      values (${id}, 'chl', ${token}, ${token}, 'res', 'off', 1, 1000, '{s}', '{}', 'http', 'lnbc', 'lnd:${mark}', '1', now())`,
    settlement: `insert into settlement (payment_hash, creator_id, challenge_id, token_id, resource_id, offer_id, price_version, amount_msat,
      received_msat, fee_msat, services, caveats, channel, invoice, source, settled_at)
      values (${token}, ${id}, 'chl', ${token}, 'res', 'off', 1, 1000, 1000, 0, '{s}', '{}', 'http', 'lnbc', 'stream', now())`,
    entitlement: `insert into entitlement (payment_hash, creator_id, challenge_id, source) values (${token}, ${id}, 'chl', 'receipt')`,
    sighting: `insert into sighting (payment_hash, token_id, creator_id, services) values (${token}, ${token}, ${id}, '{s}')`,
    ledger_account: `insert into ledger_account (creator_id, kind) values (${id}, 'routing')`,
    ledger_entry: `with entry as (insert into ledger_entry (creator_id, id, kind, business_key) values (${id}, 'ent', 'sale', 'k') returning *)
      insert into posting (creator_id, entry_id, n, from_account, to_account, amount_msat) select creator_id, id, 0, 'node', 'settling', 1000 from entry`,
    posting: `insert into posting (creator_id, entry_id, n, from_account, to_account, amount_msat) values (${id}, 'ent', 1, 'node', 'fee', 10)`,
    statement: `insert into statement (creator_id, lines, balance_msat) values (${id}, 1, 0) on conflict (creator_id) do update set lines = statement.lines`,
    statement_line: `insert into statement_line (creator_id, line, entry_id, n, change_msat, balance_msat) values (${id}, 99, 'ent', 0, 0, 0)`,
    payout: `insert into payout (creator_id, id, amount_msat, fee_cap_msat, destination, asked_by, proof_sealed)
      values (${id}, 'pay', 1000, 0, 'lnbc', 'user', ${bytes(32)})`,
    payout_destination: `insert into payout_destination (creator_id, name, usable_at) values (${id}, 'node ${mark}', now())`,
    payout_factor: `insert into payout_factor (creator_id, id, user_id, secret_sealed, proof_sealed, recovery_digests)
      values (${id}, 'fac', 'user', ${bytes(32)}, ${bytes(32)}, '{}')`,
    outbox: `insert into outbox (creator_id, id, type, payload) values (${id}, 'evt', 'sale.settled', '{}')`,
    audit_sum: `insert into audit_sum (creator_id, account, total_msat) values (${id}, 'routing', 0)`,
    sale_quarter: `insert into sale_quarter (creator_id, quarter, channel, sales, net_msat) values (${id}, '2026-01-01Z', 'http', 1, 1000)`,
    sale_day: `insert into sale_day (creator_id, resource_id, day, price_version, sales, net_msat) values (${id}, 'res', '2026-01-01', 1, 1, 1000)`,
    sale_month: `insert into sale_month (creator_id, month, resource_id, sales, net_msat) values (${id}, '2026-01-01', 'res', 1, 1000)`,
    usage_day: `insert into usage_day (creator_id, resource_id, day, views, unlocks, challenges, reads) values (${id}, 'res', '2026-01-01', 1, 1, 1, 1)`,
    blocked: `insert into blocked (creator_id, id, network) values (${id}, 'blk', '192.0.2.0/24')`,
    resource_access: `insert into resource_access (creator_id, resource_id) values (${id}, 'res')`,
    refusal_day: `insert into refusal_day (creator_id, resource_id, day, reason, detail, count) values (${id}, 'res', '2026-01-01', 'l402.expired', 'expired', 1)`,
    upstream_day: `insert into upstream_day (creator_id, resource_id, day, calls, unreachable, timeouts, failed, slots) values (${id}, 'res', '2026-01-01', 1, 0, 0, 0, '{1}')`,
    usage: `insert into usage (creator_id, resource_id, hour) values (${id}, 'res', date_trunc('hour', now()))`,
  }
}

/** Writes all of `rowsOfCreator`, as the owner. */
export async function fillCreator(owner: Db, creatorId: string, mark: string): Promise<void> {
  await owner.client.user.create({ data: { id: `user-${mark}`, email: `${mark}@example.test` } })
  for (const statement of Object.values(rowsOfCreator(creatorId, mark))) await owner.client.$executeRawUnsafe(statement)
}
