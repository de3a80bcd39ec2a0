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

const change = (table: string, set: string) => `update "${table}" set ${set}`
const bytes = (length: number) => `decode(repeat('0f', ${length}), 'hex')`

const rate = (values: string) => `insert into fiat_rate values (${values})`
const fiatPrice = (fiat: string) =>
  `insert into price (creator_id, offer_id, version, amount_msat, fiat_currency, fiat_minor) values ('cre_a', 'off', 2, 1000, ${fiat})`

const entitlement = (hash: string, source: string, challengeId = 'chl') =>
  `insert into entitlement (payment_hash, creator_id, challenge_id, source) values (${hash}, 'cre_a', '${challengeId}', '${source}')`

/** A payout with these columns in place of good ones. */
function payout(odd: Readonly<Record<string, string>>): string {
  const good = { amount_msat: '1', fee_cap_msat: '0', destination: "'lnbc'", proof_sealed: bytes(1) }
  const row = Object.entries({ creator_id: "'cre_a'", id: "'pay_odd'", asked_by: "'u'", ...good, ...odd })
  return `insert into payout (${row.map(([name]) => name).join(', ')}) values (${row.map(([, value]) => value).join(', ')})`
}

/** Constraint -> statements that only this constraint refuses. Those of the books have a file of their own. */
const BROKEN: Record<string, readonly string[]> = {
  creator_handle_form: [
    change('creator', "handle = 'Harbor'"),
    change('creator', "handle = '-a'"),
    change('creator', "handle = ''"),
  ],
  creator_short_id_form: ["insert into creator (id, short_id, handle, name) values ('x', 'A_', 'x', 'x')"],
  creator_language_tag: [change('creator', "language = ''"), change('creator', "language = 'no such'")],
  creator_time_zone_name: [change('creator', "time_zone = ''"), change('creator', "time_zone = 'Mars; drop'")],
  session_token_digest: [
    "insert into session (id, session_token, user_id, expires) values ('s', 'as the browser holds it', 'user-a', now())",
  ],
  verification_token_digest: [
    "insert into verification_token (identifier, token, expires) values ('a@example.test', 'K7QM4XPD', now())",
  ],
  creator_picture_is_sha256: [change('creator', `picture_digest = ${bytes(31)}`)],
  creator_picture_alt_short: [change('creator', "picture_alt = repeat('x', 301)")],
  member_role_known: [change('member', "role = 'king'")],
  service_name_form: ["insert into service (name, creator_id) values ('with_underscore', 'cre_a')"],
  resource_kind_form: [change('resource', "kind = 'Song'"), change('resource', "kind = ''")],
  resource_slug_form: [
    change('resource', "slug = '_l402'"),
    change('resource', "slug = 'a/b'"),
    change('resource', "slug = ''"),
  ],
  article_words_counted: [change('article', 'preview_words = 5, words = 4'), change('article', 'preview_words = -1')],
  article_digests_are_sha256: [change('article', `source_digest = ${bytes(31)}`)],
  resource_published_whole: [change('resource', 'published_at = now()')],
  resource_service_fkey: [change('resource', "service = 'nobody-named-this'")],
  article_draft_revision_counts: [change('article_draft', 'revision = 0')],
  article_draft_cut_inside: [change('article_draft', 'cut_block = -1')],
  article_draft_language_form: [change('article_draft', "language = 'x'"), change('article_draft', "language = 'a b'")],
  article_version_cut_inside: [change('article_version', 'cut_block = -1'), change('article_version', 'revision = 0')],
  resource_address_slug_form: [change('resource_address', "slug = 'a/b'")],
  article_picture_has_pixels: [change('article_picture', 'width = 0, height = 1')],
  article_picture_copy_of_another: [
    change('article_picture', 'of_digest = digest'),
    change('article_picture', `of_digest = ${bytes(31)}`),
  ],
  article_picture_digest_is_sha256: [change('article_picture', `digest = ${bytes(33)}`)],
  article_picture_has_bytes: [change('article_picture', 'byte_length = 0')],
  api_key_name_fits: [change('api_key', "name = ''"), change('api_key', "name = repeat('x', 61)")],
  api_key_public_id_form: [change('api_key', "public_id = 'Short'"), change('api_key', "public_id = repeat('_', 12)")],
  api_key_secret_is_sha256: [change('api_key', `secret_hash = ${bytes(31)}`)],
  idempotency_key_fits: [change('idempotency_key', "key = ''"), change('idempotency_key', "key = repeat('x', 256)")],
  idempotency_key_hash_is_sha256: [change('idempotency_key', `request_hash = ${bytes(33)}`)],
  picture_fetch_url_fits: [change('picture_fetch', "url = ''"), change('picture_fetch', "url = repeat('x', 2049)")],
  picture_fetch_digest_is_sha256: [change('picture_fetch', `ended_at = now(), digest = ${bytes(31)}`)],
  picture_fetch_one_end: [
    change('picture_fetch', 'ended_at = now()'),
    change('picture_fetch', "problem = 'gone'"),
    change('picture_fetch', `ended_at = now(), problem = 'gone', digest = ${bytes(32)}`),
  ],
  offer_kind_known: [change('offer', "kind = 'bundle'")],
  offer_lasts_a_while: [change('offer', 'lasts_seconds = 0')],
  offer_uses_count: [change('offer', 'uses = 0'), change('offer', 'uses = -1')],
  offer_tier_fits: [change('offer', 'tier = 256'), change('offer', 'tier = -1')],
  offer_capabilities_form: [change('offer', "capabilities = '{Read}'")],
  offer_rate_form: [change('offer', "rate = '0/60'"), change('offer', "rate = '10'")],
  offer_amounts_bounded: [change('offer', 'bytes = 0'), change('offer', 'seconds = 1000000000000')],
  offer_volume_has_unit: [change('offer', 'volume = 5'), change('offer', "volume_unit = 'token'")],
  offer_volume_unit_form: [change('offer', "volume = 5, volume_unit = 'Token'")],
  offer_service_fkey: [change('offer', "service = 'nobody-named-this'")],
  upstream_url_form: [change('upstream', "url = 'file:///etc/passwd'"), change('upstream', "url = 'https://a b'")],
  upstream_timeout_bounded: [change('upstream', 'timeout_ms = 0'), change('upstream', 'timeout_ms = 600001')],
  upstream_signing_is_sealed: [change('upstream', `signing_sealed = ${bytes(60)}`)],
  test_request_role_known: [change('test_request', "role = 'owner'")],
  test_request_method_form: [change('test_request', "method = 'get'"), change('test_request', "method = ''")],
  test_request_path_form: [change('test_request', "path = 'a'"), change('test_request', "path = '/a b'")],
  test_request_result_fits: [change('test_request', "taken_at = now(), result = repeat('x', 65537)")],
  test_request_taken_before_result: [change('test_request', "result = '{}'")],
  upstream_header_name_form: [change('upstream_header', "name = 'X-Key'"), change('upstream_header', "name = 'a: b'")],
  upstream_header_is_sealed: [change('upstream_header', `sealed = ${bytes(60)}`)],
  rule_in_order: [change('rule', 'n = -1'), change('rule', 'n = 200')],
  rule_path_form: [change('rule', "path = 'a'"), change('rule', "path = '/a b'")],
  rule_methods_form: [change('rule', "methods = '{get}'")],
  rule_tier_fits: [change('rule', 'tier = 256')],
  rule_capability_form: [change('rule', "capability = 'Best'")],
  rule_sold_is_metered: [change('rule', 'free_monthly = 3'), change('rule', "meter = '{}'")],
  rule_free_monthly_bounded: [change('rule', "service = 'service-a', free_monthly = 0")],
  rule_meter_is_object: [change('rule', "service = 'service-a', meter = '[]'")],
  rule_service_fkey: [change('rule', "service = 'nobody-named-this'")],
  rule_pricing_of_what_is_sold: [change('rule', "pricing = '{}'")],
  rule_pricing_form: [
    change('rule', "service = 'service-a', pricing = '[]'"),
    change('rule', "service = 'service-a', pricing = jsonb_build_object('x', repeat('x', 5000))"),
  ],
  price_trouble_sentence_fits: [change('price_trouble', "sentence = ''")],
  price_trouble_happened: [change('price_trouble', 'times = 0')],
  demand_counts_up: [change('demand', 'per_minute = -1')],
  use_lease_of_counter: [change('use_lease', "service = 'another'")],
  use_lease_holds_something: [change('use_lease', 'cost = -1')],
  fiat_rate_currency_form: [rate("'eur', now(), 1, 2, 3"), rate("'EURO', now(), 1, 2, 3")],
  fiat_rate_positive: [rate("'EUR', now(), 0, 2, 3"), rate("'EUR', now(), 1000000000000000001, 2, 3")],
  fiat_rate_digits_known: [rate("'EUR', now(), 1, -1, 3"), rate("'EUR', now(), 1, 5, 3")],
  fiat_rate_has_sources: [rate("'EUR', now(), 1, 2, 0")],
  price_fiat_whole: [fiatPrice("'EUR', null"), fiatPrice('null, 5')],
  price_fiat_currency_form: [fiatPrice("'eur', 5")],
  price_fiat_positive: [fiatPrice("'EUR', 0"), fiatPrice("'EUR', -1")],
  creator_currency_form: [change('creator', "currency = 'euro'")],
  challenge_fiat_whole: [
    change('challenge', "fiat_currency = 'EUR'"),
    change('challenge', 'fiat_minor = 5, micro_per_btc = 5'),
  ],
  challenge_fiat_positive: [
    change('challenge', "fiat_currency = 'EUR', fiat_minor = 0, micro_per_btc = 5"),
    change('challenge', "fiat_currency = 'EUR', fiat_minor = 5, micro_per_btc = 0"),
  ],
  price_positive: [
    "insert into price (creator_id, offer_id, version, amount_msat) values ('cre_a', 'off', 2, 0)",
    "insert into price (creator_id, offer_id, version, amount_msat) values ('cre_a', 'off', 2, -1)",
  ],
  price_version_counts: [
    "insert into price (creator_id, offer_id, version, amount_msat) values ('cre_a', 'off', 0, 1)",
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
  file_version_counts: [change('file_version', 'version = 0'), change('file_version', 'byte_length = 0')],
  file_version_digest_is_sha256: [change('file_version', `digest = ${bytes(31)}`)],
  file_version_name_form: [
    change('file_version', "name = 'a/b'"),
    change('file_version', "name = E'a\\\\b'"),
    change('file_version', "name = E'a\\nb'"),
    change('file_version', "name = ''"),
  ],
  file_version_media_type_form: [
    change('file_version', "media_type = 'pdf'"),
    change('file_version', "media_type = E'text/html\\r\\nX: y'"),
  ],
  page_counts: [change('page', 'revision = 0'), change('page', 'words = 0')],
  page_origins_bounded: [
    change('page', "origins = array_fill('https://a.example'::text, array[21])"),
    change('page', 'origins = array[null]::text[]'),
  ],
  page_digests_are_sha256: ['source', 'preview', 'body', 'tree'].map((name) =>
    change('page', `${name}_digest = ${bytes(31)}`),
  ),
  upload_has_bytes: [change('upload', 'byte_length = 0')],
  upload_whole_or_not: [change('upload', "media_type = 'text/plain'"), change('upload', `digest = ${bytes(32)}`)],
  delivery_counts: [change('delivery', 'uses = -1'), change('delivery', 'granted = -1')],
  top_up_counts: [change('top_up', 'amount = -1'), change('top_up', 'minted = 1')],
  top_up_is_of_another: [change('top_up', 'root_token_id = token_id')],
  free_use_counts: [change('free_use', 'used = -1')],
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
    change('challenge', `claim_hash = ${bytes(1)}`),
  ],
  challenge_backend_form: [
    change('challenge', "backend_id = '02ab'"),
    change('challenge', "backend_id = 'lnd:'"),
    change('challenge', "list_cursor = ''"),
    change('challenge', "list_cursor = 'a b'"),
  ],
  entitlement_source_known: [entitlement(bytes(32), 'gift')],
  entitlement_bytes_form: [entitlement(bytes(31), 'receipt')],
  // A receipt of one creator never stands for a sale of another, or for none.
  entitlement_creator_id_challenge_id_fkey: [entitlement(bytes(32), 'receipt', 'chl_none')],
  entitlement_creator_id_challenge_id_source_key: [entitlement(bytes(32), 'receipt')],
  stray_settlement_form: [
    `insert into stray_settlement (payment_hash, received_msat, settled_at) values (${bytes(32)}, -1, now())`,
  ],
  backend_cursor_form: [
    "insert into backend_cursor (backend_id, settle_cursor) values ('02ab', '1')",
    "insert into backend_cursor (backend_id, settle_cursor) values ('lnd:02ab', '')",
  ],
  sighting_bytes_form: [change('sighting', `token_id = ${bytes(31)}`)],
  sighting_finding_known: [change('sighting', "finding = 'odd'")],
  usage_counts: [change('usage', 'views = -1'), change('usage', 'reads = -1')],
  sale_month_begins: [change('sale_month', "month = '2026-01-02'")],
  usage_day_counts: [change('usage_day', 'views = -1'), change('usage_day', 'reads = -1')],
  payout_state_known: [payout({ state: "'odd'" })],
  payout_amounts: [payout({ amount_msat: '0' }), payout({ fee_cap_msat: '-1' }), payout({ fee_msat: '-1' })],
  payout_bytes_form: [
    payout({ payment_hash: bytes(31) }),
    payout({ preimage: bytes(31) }),
    payout({ proof_sealed: bytes(1025) }),
  ],
  payout_destination_bounded: [payout({ destination: "''" }), payout({ destination: "repeat('x', 4097)" })],
  payout_sent_is_whole: [payout({ state: "'fixed'" })],
  payout_paid_is_proven: [
    payout({
      ...{ state: "'succeeded'", invoice: "'lnbc'", payment_hash: bytes(32) },
      ...{ approved_at: 'now()', reserved_at: 'now()' },
    }),
  ],
  payout_factor_bounded: [
    `insert into payout_factor (creator_id, id, user_id, secret_sealed, proof_sealed, recovery_digests) values ('cre_a', 'f', 'u', ${bytes(1025)}, ${bytes(1)}, '{}')`,
  ],
  upstream_protocol_is_known: [change('upstream', "protocol = 'soap'")],
  blocked_one_subject: [change('blocked', 'network = null'), change('blocked', `token = ${bytes(16)}`)],
  blocked_network_form: [change('blocked', "network = '192.0.2.0/024'")],
  blocked_token_is_mark: [change('blocked', `network = null, token = ${bytes(15)}`)],
  blocked_note_fits: [change('blocked', "note = repeat('x', 201)")],
  resource_access_rate_form: [
    change('resource_access', "token_rate = '0/60'"),
    change('resource_access', "token_rate = '10'"),
  ],
  resource_access_at_once_bounded: [
    change('resource_access', 'token_at_once = 0'),
    change('resource_access', 'token_at_once = 1001'),
  ],
  refusal_day_words: [
    change('refusal_day', "reason = 'No reason'"),
    change('refusal_day', "reason = ''"),
    change('refusal_day', "detail = repeat('a', 41)"),
  ],
  refusal_day_counts: [change('refusal_day', 'count = -1')],
  upstream_day_counts: [change('upstream_day', 'calls = -1'), change('upstream_day', 'failed = -1')],
  upstream_day_slots_bounded: [change('upstream_day', 'slots = array_fill(1, array[65])')],
  ledger_account_kind_known: ["insert into ledger_account (creator_id, kind) values ('cre_a', 'pocket')"],
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
  'delivery',
  'top_up',
  'free_use',
  'upload',
  'challenge',
  'settlement',
  'entitlement',
  'ledger_account',
  'ledger_entry',
  'outbox',
]
test.each(owned)('a row of %s belongs to a creator that exists', async (table) => {
  const rows = await database.owner.client.$queryRaw<unknown[]>`
    select 1 from pg_constraint where contype = 'f' and conname = ${`${table}_creator_id_fkey`} and convalidated`
  expect(rows).toHaveLength(1)
})

test('an article is never on sale without its content', async () => {
  const { client } = database.owner
  const publish = `insert into resource (creator_id, id, kind, slug, title, service, published_at)
    values ('cre_a', 'bare', 'article', 'bare', 'Bare', 'service-a', now())`
  await expect(client.$executeRawUnsafe(publish)).rejects.toThrow(/published without its content/)
  const whole = `with listed as (${publish} returning creator_id, id)
    insert into article (creator_id, resource_id, words, preview_words, source_digest, preview_digest, body_digest)
    select creator_id, id, 1, 0, ${bytes(32)}, ${bytes(32)}, ${bytes(32)} from listed`
  expect(await client.$executeRawUnsafe(whole)).toBe(1)
})

test('a file is never on sale without its content', async () => {
  const { client } = database.owner
  await client.$executeRawUnsafe("insert into service (name, creator_id) values ('service-empty', 'cre_a')")
  const publish = `insert into resource (creator_id, id, kind, slug, title, service, published_at)
    values ('cre_a', 'empty', 'file', 'empty', 'Empty', 'service-empty', now())`
  await expect(client.$executeRawUnsafe(publish)).rejects.toThrow(/published without its content/)
  await expect(
    client.$executeRawUnsafe(`insert into file (creator_id, resource_id, version) values ('cre_a', 'res', 9)`),
  ).rejects.toThrow(/file_/)
  const draft = `insert into resource (creator_id, id, kind, slug, title) values ('cre_a', 'empty', 'file', 'empty', 'Empty')`
  expect(await client.$executeRawUnsafe(draft)).toBe(1)
})

test('a page is not on sale before it has its content', async () => {
  const { client } = database.owner
  await client.$executeRawUnsafe(`insert into service (name, creator_id) values ('service-unheld', 'cre_a')`)
  const columns = '(creator_id, id, kind, slug, title, service, published_at)'
  const publish = `insert into resource ${columns} values ('cre_a', 'unheld', 'page', 'unheld', 'Unheld', 'service-unheld', now())`
  await expect(client.$executeRawUnsafe(publish)).rejects.toThrow(/published without its content/)
  const draft = `insert into resource (creator_id, id, kind, slug, title) values ('cre_a', 'unheld', 'page', 'unheld', 'Unheld')`
  expect(await client.$executeRawUnsafe(draft)).toBe(1)
})

test('one payment hash stands in one challenge, over all creators', async () => {
  await fillCreator(database.owner, 'cre_b', 'b')
  const copied = `update challenge set payment_hash = (select payment_hash from challenge where creator_id = 'cre_b') where creator_id = 'cre_a'`
  await expect(database.owner.client.$executeRawUnsafe(copied)).rejects.toThrow(/challenge_payment_hash_key/)
})

test('a settle cursor moves forward only', async () => {
  const { client } = database.owner
  await client.$executeRaw`insert into backend_cursor (backend_id, settle_cursor) values ('lnd:02ab', '007')`
  await expect(client.$executeRaw`update backend_cursor set settle_cursor = '006'`).rejects.toThrow(/never moves back/)
  expect(await client.$executeRaw`update backend_cursor set settle_cursor = '008'`).toBe(1)
})

// A collation of words would put b before C, and a sweep would skip what lies between two pages.
test('cursors sort bytewise, whatever language the database speaks', async () => {
  const rows = await database.owner.client.$queryRaw<{ name: string }[]>`
    select table_name || '.' || column_name as name from information_schema.columns
    where table_schema = 'public' and column_name like '%_cursor' and collation_name = 'C' order by 1`
  expect(rows.map(({ name }) => name)).toEqual([
    'backend_cursor.settle_cursor',
    'challenge.list_cursor',
    'settlement.settle_cursor',
  ])
})

test.each(['update entitlement set source = source', 'delete from entitlement', 'truncate entitlement'])(
  'a receipt that was handed out stays: %s',
  async (statement) => {
    await expect(database.owner.client.$executeRawUnsafe(statement)).rejects.toThrow(/is append-only/)
  },
)

test('a key that ends ends sooner and never later', async () => {
  const { client } = database.owner
  await client.$executeRaw`update api_key set ends_at = now() + interval '1 day'`
  await client.$executeRaw`update api_key set ends_at = now()`
  await expect(client.$executeRaw`update api_key set ends_at = null`).rejects.toThrow(/is not revived/)
  await expect(client.$executeRaw`update api_key set ends_at = now() + interval '1 hour'`).rejects.toThrow(
    /not revived/,
  )
})

test('a change number never falls and a short id never changes', async () => {
  const { client } = database.owner
  await client.$executeRaw`update creator set change_number = 5`
  await expect(client.$executeRaw`update creator set change_number = 4`).rejects.toThrow(/never falls/)
  await expect(client.$executeRaw`update creator set short_id = 'zzz' where id = 'cre_a'`).rejects.toThrow(
    /never changes/,
  )
})
