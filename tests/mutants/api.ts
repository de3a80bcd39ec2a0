/** Guards of what is sold route by route and answered elsewhere: paths, rules, fields, held uses, open streams. */
import type { Mutant } from '#scripts/lab/mutant.ts'

const PATTERN = 'lib/paywall/resources/api/path-pattern.ts'
const FIELDS = 'lib/gate/proxy-fields.ts'
const HOLD = 'lib/paywall/entitlements/hold-uses.ts'
const PATHS = ['lib/paywall/resources/api/path-pattern.test.ts']
const SOLD = ['tests/http/api/200.test.ts']
const USES = ['tests/http/api/uses.test.ts']
const CHANGES = ['tests/http/api/changes.test.ts']
const STREAMS = ['tests/http/api/streams.test.ts']
const HOSTILE = ['tests/http/api/hostile.test.ts']

export const mutants: readonly Mutant[] = [
  {
    name: 'other-readings-ignored',
    why: 'a path that another server reads as another route is judged by nobody',
    file: PATTERN,
    old: 'if (other.length !== fitting.length || other.some((n, at) => n !== fitting[at])) return null',
    new: 'if (other.length < 0) return null',
    tests: PATHS,
  },
  {
    name: 'dots-behind-escapes',
    why: 'dots that another server sees lead nowhere',
    file: PATTERN,
    old: 'if (!isPlain(reading)) return null',
    new: '',
    tests: PATHS,
  },
  {
    name: 'case-tells-routes-apart',
    why: 'capitals are no way around a dear route',
    file: PATTERN,
    old: 'const segments = segmentsOf(path.toLowerCase())',
    new: 'const segments = segmentsOf(path)',
    tests: PATHS,
  },
  {
    name: 'trace-is-sold',
    why: 'no method sends our secrets back',
    file: 'lib/paywall/resources/api/rule.ts',
    old: 'if (ECHOING.has(method)) return false',
    new: '',
    tests: HOSTILE,
  },
  {
    name: 'service-of-another-rule',
    why: 'what was sold of one rule opens no other',
    file: 'lib/paywall/resources/api/set-rules.ts',
    old: 'const isKept = known.has(service) && !seen.has(service)',
    new: 'const isKept = known.has(service)',
    tests: CHANGES,
  },
  {
    name: 'service-of-another-api',
    why: 'what was sold of one API opens no other',
    file: 'lib/paywall/resources/api/set-rules.ts',
    old: 'const isKept = known.has(service) && !seen.has(service)',
    new: 'const isKept = !seen.has(service)',
    tests: CHANGES,
  },
  {
    name: 'credential-upstream',
    why: 'no credential reaches an upstream',
    file: FIELDS,
    old: "'authorization, macaroon, grpc-metadata-macaroon,",
    new: "'grpc-metadata-macaroon,",
    tests: SOLD,
  },
  {
    name: 'cookie-upstream',
    why: 'no cookie reaches an upstream',
    file: FIELDS,
    old: 'accept-payment, cookie, cookie2',
    new: 'accept-payment',
    tests: SOLD,
  },
  {
    name: 'made-up-fields-upstream',
    why: 'what an upstream believes of us comes from us',
    file: FIELDS,
    old: 'REQUEST_DROPPED.has(folded) || OURS.test(folded) ||',
    new: 'REQUEST_DROPPED.has(folded) ||',
    tests: SOLD,
  },
  {
    name: 'upstream-asks-for-money',
    why: 'nobody but us asks for money on a creator host',
    file: FIELDS,
    old: "'set-cookie, set-cookie2, www-authenticate,",
    new: "'",
    tests: SOLD,
  },
  {
    name: 'paid-answer-in-a-cache',
    why: 'no shared cache keeps what somebody paid for',
    file: FIELDS,
    old: 'isDropped(folded) || (at.isPaid && CACHE_NAMES.has(folded))',
    new: 'isDropped(folded)',
    tests: SOLD,
  },
  {
    name: 'uses-never-given-back',
    why: 'an upstream without a result takes no use',
    file: HOLD,
    old: 'end(() => releaseLease(db.client, key).catch(() => undefined))',
    new: 'end(async () => undefined)',
    tests: USES,
  },
  {
    name: 'uses-given-back-for-hanging-up',
    why: 'work cannot be had for nothing by hanging up',
    file: 'gateway/carry/proxy-http.ts',
    old: 'const isAsked = request.signal.aborted && underWay?.isSent()',
    new: 'const isAsked = false',
    tests: USES,
  },
  {
    name: 'upstream-error-takes-a-use',
    why: 'an error of the upstream is no result',
    file: 'gateway/carry/proxy-http.ts',
    old: 'const isResult = !NO_RESULT.has(answer.status) && answer.status < 500',
    new: 'const isResult = !NO_RESULT.has(answer.status)',
    tests: USES,
  },
  {
    name: 'lease-of-a-dead-gateway',
    why: 'what a killed gateway held comes back',
    file: HOLD,
    old: '(await releaseExpiredLeases(deps.db.client, wanted)) === 0',
    new: 'wanted.uses.length > 0',
    tests: USES,
  },
  {
    name: 'grpc-cut-off',
    why: 'a call that its server resets has not ended well',
    file: 'gateway/carry/proxy-grpc.ts',
    old: "return this.trailers ?? statusFields('upstream.unreachable')",
    new: "return this.trailers ?? [['Grpc-Status', '0']]",
    tests: ['tests/http/api/grpc.test.ts'],
  },
  {
    name: 'grpc-withdrawn',
    why: 'an open call ends with the right to it',
    file: 'gateway/carry/proxy-grpc.ts',
    old: `    watchRight(deps, carrying, call)
`,
    new: '',
    tests: ['tests/http/api/grpc.test.ts'],
  },
  {
    name: 'grpc-no-result',
    why: 'a call without a result takes no use',
    file: 'gateway/carry/proxy-grpc.ts',
    old: 'NO_RESULT.has(status))) await held.giveBack()',
    new: 'NO_RESULT.has(status))) await held.keep()',
    tests: ['tests/http/api/grpc.test.ts'],
  },
  {
    name: 'http2-cut-answer',
    why: 'an answer that its server resets is not the whole',
    file: 'gateway/carry/call-http2.ts',
    old: 'end.isSeen || stream.rstCode === constants.NGHTTP2_NO_ERROR',
    new: 'end.isSeen || stream.rstCode !== null',
    tests: ['tests/http/api/http2.test.ts'],
  },
  {
    name: 'withdrawn-while-open',
    why: 'an open stream ends with the right to it',
    file: 'lib/gate/standing.ts',
    old: 'if (denied.hasToken(tokenId) || denied.hasService(tokenId, granted.service) || denied.hasKey(keyId)) return false',
    new: '',
    tests: STREAMS,
  },
  {
    name: 'expired-while-open',
    why: 'an open stream ends with its time',
    file: 'lib/gate/standing.ts',
    old: 'return granted.validUntil === null || clock.now().getTime() < granted.validUntil * 1000',
    new: 'return clock.now().getTime() > 0',
    tests: STREAMS,
  },
  {
    name: 'sealed-by-the-key-that-seals',
    why: 'whoever sealed a secret cannot open it',
    file: 'lib/crypto.ts',
    old: 'const shared = diffieHellman({ privateKey: once.privateKey, publicKey })',
    new: 'const shared = sealKey',
    tests: ['lib/crypto.test.ts'],
  },
]
