/** Guards of the second door and of the keys that ask at it. */
import type { Mutant } from '#scripts/lab/mutant.ts'

const EXCHANGES = 'gateway/second-door/exchanges.ts'
const VERIFY = 'gateway/second-door/verify.ts'
const KEYS = 'gateway/second-door/known-keys.ts'
const VERDICT = 'lib/gate/verify-request.ts'
const DOOR = ['tests/http/doors/door.test.ts']
const BOTH = ['tests/http/doors/both.test.ts']
const VERIFIED = ['tests/http/doors/verify.test.ts']
const RIGHTS = ['tests/integration/schema/rights.test.ts']
const ZONES = ['scripts/start/zones.test.ts']

export const mutants: readonly Mutant[] = [
  {
    name: 'verdict-before-the-payment',
    why: 'where the payment must have arrived, a verdict waits for it',
    file: 'lib/gate/verify-request.ts',
    old: '  if (unsettled !== null) return unsettled\n',
    new: '',
    tests: ['tests/http/doors/verify.test.ts'],
  },
  {
    name: 'headers-reach-next',
    why: 'Next is told nothing that a client wrote',
    file: EXCHANGES,
    old: 'request.headers = { ...Object.fromEntries(framing), [MARK]: id }',
    new: 'request.headers = { ...request.headers, [MARK]: id }',
    tests: [...DOOR, ...BOTH],
  },
  {
    name: 'paths-reach-next',
    why: 'no page of the dashboard is at the second door',
    file: EXCHANGES,
    old: 'request.url = routeOf(wire)',
    new: '',
    tests: DOOR,
  },
  {
    name: 'handshake-left-open',
    why: 'a handshake is a request like any other',
    file: EXCHANGES,
    old: 'server.shouldUpgradeCallback = () => false',
    new: '',
    tests: DOOR,
  },
  {
    name: 'length-left-out',
    why: 'an answer states its length',
    file: 'gateway/second-door/web-answer.ts',
    old: "res.setHeader('Content-Length', length)",
    new: 'headers.set("Content-Length", String(length))',
    tests: BOTH,
  },
  {
    name: 'packed-in-silence',
    why: 'an answer that is packed says so',
    file: 'gateway/second-door/web-answer.ts',
    old: 'if (DROPPED.has(name.toLowerCase())) res.setHeader(name, value)',
    new: 'if (DROPPED.has(name)) res.setHeader(name, value)',
    tests: BOTH,
  },
  {
    name: 'source-outlives-its-reader',
    why: 'a client that goes ends what was made for it',
    file: 'gateway/second-door/web-answer.ts',
    old: 'async cancel() {\n        await pieces.return?.()',
    new: 'async cancel() {',
    tests: ['gateway/second-door/web-answer.test.ts'],
  },
  {
    name: 'secret-not-compared',
    why: 'what may be seen of a key is no key',
    file: KEYS,
    old: 'if (key === null || !equalInConstantTime(sha256(encodeUtf8(shown.secret)), key.secretHash)) {',
    new: 'if (key === null) {',
    tests: VERIFIED,
  },
  {
    name: 'ended-key-lives',
    why: 'a key that was ended opens nothing',
    file: KEYS,
    old: 'if (over) return UNKNOWN',
    new: '',
    tests: VERIFIED,
  },
  {
    name: 'key-remembered-for-ever',
    why: 'the end of a key is known within a second',
    file: KEYS,
    old: 'performance.now() - known.readAtMs < FRESH_MS',
    new: 'performance.now() > FRESH_MS',
    tests: VERIFIED,
  },
  {
    name: 'guesses-free',
    why: 'a client has a budget of guesses',
    file: KEYS,
    old: 'guesses.count(address)',
    new: '',
    tests: VERIFIED,
  },
  {
    name: 'hosts-of-others',
    why: 'a key asks about its own creator only',
    file: VERIFY,
    old: 'if (creator?.creatorId !== key.creatorId)',
    new: 'if (creator === null)',
    tests: VERIFIED,
  },
  {
    name: 'repeat-takes-again',
    why: 'one call takes one use however often it is sent',
    file: VERIFY,
    old: 'if (!(await takeRepeatKey(tx, { ...row, requestHash }))) throw new Repeated()',
    new: 'await takeRepeatKey(tx, { ...row, requestHash })',
    tests: VERIFIED,
  },
  {
    name: 'repeat-of-another-call',
    why: 'a key of one call is not that of another',
    file: VERIFY,
    old: 'if (equalInConstantTime(before.requestHash, requestHash))',
    new: 'if (before.requestHash.length === requestHash.length)',
    tests: VERIFIED,
  },
  {
    name: 'question-takes-a-use',
    why: 'a use is taken only where that is said',
    file: VERDICT,
    old: 'if (!options.consume) {',
    new: 'if (options.around !== undefined) {',
    tests: VERIFIED,
  },
  {
    name: 'spent-still-admitted',
    why: 'what is used up is told as that, also when nothing is to be taken',
    file: VERDICT,
    old: '(left[at] ?? 0n) < cost',
    new: '(left[at] ?? 0n) < 0n * cost',
    tests: VERIFIED,
  },
  {
    name: 'invoice-unasked',
    why: 'an invoice is made for who wants one',
    file: VERDICT,
    old: 'return wantsAnswer ? toldBy(',
    new: 'return wantsAnswer !== null ? toldBy(',
    tests: VERIFIED,
  },
  {
    name: 'keys-in-the-dashboard',
    why: 'the dashboard does not start with a secret of the second door',
    file: 'lib/config.ts',
    old: "secrets: ['DATABASE_URL_DOOR', ...GATE_SECRETS],",
    new: 'secrets: [...GATE_SECRETS],',
    tests: ZONES,
  },
  {
    name: 'hash-readable',
    why: 'the dashboard cannot read what recognises a key',
    sql: 'grant select on "api_key" to "satstile_web"',
    tests: RIGHTS,
  },
  {
    name: 'key-revived',
    why: 'a key that ends is not revived',
    sql: 'drop trigger "api_key_ends_for_good" on "api_key"',
    tests: ['tests/integration/schema/values.test.ts'],
  },
  {
    name: 'keys-of-others',
    why: 'the dashboard sees the keys of one creator',
    sql: 'alter table "api_key" disable row level security',
    tests: ['tests/integration/schema/row-security.test.ts'],
  },
]
