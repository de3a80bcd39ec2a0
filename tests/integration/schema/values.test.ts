/** Every check of the schema refuses what it is there for: one row that breaks exactly that rule. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { fillCreator } from '#tests/support/world.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
  await fillCreator(database.owner, 'cre_a', 'a')
})
afterAll(() => database.close())

const change = (table: string, set: string) => `UPDATE "${table}" SET ${set}`
const bytes = (length: number) => `decode(repeat('0f', ${length}), 'hex')`

/** Constraint -> statements that only this constraint refuses. Those of the books have a file of their own. */
const BROKEN: Record<string, readonly string[]> = {
  creator_handle_form: [
    change('creator', "handle = 'Harbor'"),
    change('creator', "handle = '-a'"),
    change('creator', "handle = ''"),
  ],
  creator_short_id_form: ["INSERT INTO creator (id, short_id, handle, name) VALUES ('x', 'A_', 'x', 'x')"],
  member_role_known: [change('member', "role = 'king'")],
  service_name_form: ["INSERT INTO service (name, creator_id) VALUES ('with_underscore', 'cre_a')"],
  resource_kind_known: [change('resource', "kind = 'song'")],
  resource_slug_form: [
    change('resource', "slug = '_l402'"),
    change('resource', "slug = 'a/b'"),
    change('resource', "slug = ''"),
  ],
  resource_words_counted: [
    change('resource', 'preview_words = 5, words = 4'),
    change('resource', 'preview_words = -1'),
  ],
  resource_digests_are_sha256: [change('resource', `source_digest = ${bytes(31)}`)],
  resource_published_whole: [change('resource', 'published_at = now()')],
  resource_service_fkey: [change('resource', "service = 'nobody-named-this'")],
  article_draft_revision_counts: [change('article_draft', 'revision = 0')],
  article_draft_cut_inside: [change('article_draft', 'cut_block = -1')],
  article_draft_language_form: [change('article_draft', "language = 'x'"), change('article_draft', "language = 'a b'")],
  article_version_cut_inside: [change('article_version', 'cut_block = -1'), change('article_version', 'revision = 0')],
  resource_address_slug_form: [change('resource_address', "slug = 'a/b'")],
  resource_image_has_pixels: [change('resource_image', 'width = 0, height = 1')],
  resource_image_copy_of_another: [
    change('resource_image', 'of_digest = digest'),
    change('resource_image', `of_digest = ${bytes(31)}`),
  ],
  resource_image_digest_is_sha256: [change('resource_image', `digest = ${bytes(33)}`)],
  resource_image_has_bytes: [change('resource_image', 'byte_length = 0')],
  offer_kind_known: [change('offer', "kind = 'bundle'")],
  price_positive: [
    "INSERT INTO price (creator_id, offer_id, version, amount_msat) VALUES ('cre_a', 'off', 2, 0)",
    "INSERT INTO price (creator_id, offer_id, version, amount_msat) VALUES ('cre_a', 'off', 2, -1)",
  ],
  price_version_counts: [
    "INSERT INTO price (creator_id, offer_id, version, amount_msat) VALUES ('cre_a', 'off', 0, 1)",
  ],
  ring_key_state_known: [change('ring_key', "state = 'sleeping'")],
  ring_key_id_form: [change('ring_key', `key_id = ${bytes(5)}`), change('ring_key', "key_id = '\\x00000000'")],
  ring_key_is_wrapped: [change('ring_key', `wrapped = ${bytes(32)}`)],
  ring_key_one_active: [
    `insert into ring_key (creator_id, key_id, wrapped, wrapping_key_id, state) values ('cre_a', ${bytes(4)}, ${bytes(60)}, 'k', 'active')`,
  ],
  denied_kind_known: [change('denied', "kind = 'person'")],
  denied_subject_form: [change('denied', `subject = ${bytes(4)}`), change('denied', "kind = 'key'")],
  denied_service_named: [change('denied', "service = 's'"), change('denied', "kind = 'service'")],
  use_counter_counts: [change('use_counter', 'used = -1')],
  challenge_amount_positive: [change('challenge', 'amount_msat = 0')],
  challenge_state_known: [change('challenge', "state = 'maybe'")],
  challenge_channel_known: [change('challenge', "channel = 'pigeon'")],
  challenge_services_bounded: [
    change('challenge', "services = '{}'"),
    change('challenge', "services = array_fill('s'::text, '{17}')"),
  ],
  challenge_bytes_form: [
    change('challenge', `token_id = ${bytes(31)}`),
    change('challenge', `node_key = ${bytes(32)}`),
    change('challenge', `claim_hash = ${bytes(1)}`),
  ],
  stray_settlement_form: [
    `insert into stray_settlement (payment_hash, received_msat, settled_at) values (${bytes(32)}, -1, now())`,
  ],
  backend_cursor_form: [`insert into backend_cursor (node_key, settle_index) values (${bytes(33)}, -1)`],
  sighting_bytes_form: [change('sighting', `token_id = ${bytes(31)}`)],
  sighting_finding_known: [change('sighting', "finding = 'odd'")],
  usage_counts: [change('usage', 'views = -1'), change('usage', 'reads = -1')],
  ledger_account_kind_known: ["INSERT INTO ledger_account (creator_id, kind) VALUES ('cre_a', 'pocket')"],
}

describe.each(Object.entries(BROKEN))('%s', (constraint, statements) => {
  test.each(statements)('refuses %s', async (statement) => {
    await expect(database.owner.client.$executeRawUnsafe(statement)).rejects.toThrow(constraint)
  })
})

const ELSEWHERE = /^(posting_|settlement_|ledger_account_no_overdraft)/

test('every check that was added by hand is tried here or in ledger-guards', async () => {
  const rows = await database.owner.client.$queryRaw<{ name: string }[]>`
    select conname as name from pg_constraint where contype = 'c' and connamespace = 'public'::regnamespace`
  const missing = rows.map(({ name }) => name).filter((name) => !(name in BROKEN) && !ELSEWHERE.test(name))
  expect(missing).toEqual([])
})

const owned = [
  'service',
  'ring_key',
  'denied',
  'use_counter',
  'challenge',
  'settlement',
  'ledger_account',
  'ledger_entry',
  'outbox',
]
test.each(owned)('a row of %s belongs to a creator that exists', async (table) => {
  const rows = await database.owner.client.$queryRaw<unknown[]>`
    select 1 from pg_constraint where contype = 'f' and conname = ${`${table}_creator_id_fkey`} and convalidated`
  expect(rows).toHaveLength(1)
})

test('one payment hash stands in one challenge, over all creators', async () => {
  await fillCreator(database.owner, 'cre_b', 'b')
  const copied = `update challenge set payment_hash = (select payment_hash from challenge where creator_id = 'cre_b') where creator_id = 'cre_a'`
  await expect(database.owner.client.$executeRawUnsafe(copied)).rejects.toThrow(/challenge_payment_hash_key/)
})

test('a settle cursor moves forward only', async () => {
  const { client } = database.owner
  await client.$executeRawUnsafe(`insert into backend_cursor (node_key, settle_index) values (${bytes(33)}, 7)`)
  await expect(client.$executeRaw`update backend_cursor set settle_index = 6`).rejects.toThrow(/never moves back/)
  expect(await client.$executeRaw`update backend_cursor set settle_index = 8`).toBe(1)
})

test('a change number never falls and a short id never changes', async () => {
  const { client } = database.owner
  await client.$executeRaw`update creator set change_number = 5`
  await expect(client.$executeRaw`update creator set change_number = 4`).rejects.toThrow(/never falls/)
  await expect(client.$executeRaw`update creator set short_id = 'zzz' where id = 'cre_a'`).rejects.toThrow(
    /never changes/,
  )
})
