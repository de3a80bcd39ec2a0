/** One row of every creator-owned table, written by the owner: what row security and grants are tried on. */
import type { Db } from '#lib/db.ts'

/** A new row for `creatorId` in each table that carries a creator; `mark` (one hex digit) keeps unique bytes apart. */
export function rowsOfCreator(creatorId: string, mark: string): Record<string, string> {
  const bytes = (length: number) => `'\\x${mark.repeat(length * 2)}'`
  const token = bytes(32)
  const id = `'${creatorId}'`
  return {
    creator: `INSERT INTO creator (id, short_id, handle, name) VALUES (${id}, '${mark.repeat(3)}', 'handle-${mark}', 'Name')`,
    member: `INSERT INTO member (creator_id, user_id, role) VALUES (${id}, 'user-${mark}', 'owner')`,
    service: `INSERT INTO service (name, creator_id) VALUES ('service-${mark}', ${id})`,
    resource: `INSERT INTO resource (creator_id, id, kind, slug, title) VALUES (${id}, 'res', 'article', 'slug', 'Title')`,
    article_draft: `INSERT INTO article_draft (creator_id, resource_id, title, markdown, cut_block) VALUES (${id}, 'res', 'Title', 'Text', 1)`,
    resource_image: `INSERT INTO resource_image (creator_id, resource_id, digest, media_type, byte_length) VALUES (${id}, 'res', ${token}, 'image/png', 1)`,
    offer: `INSERT INTO offer (creator_id, id, resource_id, kind) VALUES (${id}, 'off', 'res', 'single')`,
    price: `INSERT INTO price (creator_id, offer_id, version, amount_msat) VALUES (${id}, 'off', 1, 1000)`,
    ring_key: `INSERT INTO ring_key (creator_id, key_id, wrapped, wrapping_key_id, state) VALUES (${id}, ${bytes(4)}, ${bytes(60)}, 'k', 'active')`,
    denied: `INSERT INTO denied (creator_id, kind, subject, change_number) VALUES (${id}, 'token', ${token}, 1)`,
    use_counter: `INSERT INTO use_counter (creator_id, token_id, service, kind) VALUES (${id}, ${token}, 's', 'uses')`,
    challenge: `INSERT INTO challenge (creator_id, id, token_id, payment_hash, resource_id, offer_id, price_version, amount_msat, services,
      caveats, channel, invoice, node_key, add_index, expires_at)
      VALUES (${id}, 'chl', ${token}, ${token}, 'res', 'off', 1, 1000, '{s}', '{}', 'http', 'lnbc', ${bytes(33)}, 1, now())`,
    settlement: `INSERT INTO settlement (payment_hash, creator_id, challenge_id, token_id, resource_id, offer_id, price_version, amount_msat,
      received_msat, fee_msat, services, caveats, channel, invoice, source, settled_at)
      VALUES (${token}, ${id}, 'chl', ${token}, 'res', 'off', 1, 1000, 1000, 0, '{s}', '{}', 'http', 'lnbc', 'stream', now())`,
    sighting: `INSERT INTO sighting (payment_hash, token_id, creator_id, services) VALUES (${token}, ${token}, ${id}, '{s}')`,
    ledger_account: `INSERT INTO ledger_account (creator_id, kind) VALUES (${id}, 'routing')`,
    ledger_entry: `WITH entry AS (INSERT INTO ledger_entry (creator_id, id, kind, business_key) VALUES (${id}, 'ent', 'sale', 'k') RETURNING *)
      INSERT INTO posting (creator_id, entry_id, n, from_account, to_account, amount_msat) SELECT creator_id, id, 0, 'node', 'settling', 1000 FROM entry`,
    posting: `INSERT INTO posting (creator_id, entry_id, n, from_account, to_account, amount_msat) VALUES (${id}, 'ent', 1, 'node', 'fee', 10)`,
    outbox: `INSERT INTO outbox (creator_id, id, type, payload) VALUES (${id}, 'evt', 'sale.settled', '{}')`,
    usage: `INSERT INTO usage (creator_id, resource_id, hour) VALUES (${id}, 'res', date_trunc('hour', now()))`,
  }
}

/** Writes all of `rowsOfCreator`, as the owner. */
export async function fillCreator(owner: Db, creatorId: string, mark: string): Promise<void> {
  await owner.client.user.create({ data: { id: `user-${mark}`, email: `${mark}@example.test` } })
  for (const statement of Object.values(rowsOfCreator(creatorId, mark))) await owner.client.$executeRawUnsafe(statement)
}
