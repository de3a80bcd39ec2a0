/** For every condition of the table: what it lets pass, and that a holder can only narrow it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ctx } from '#tests/support/l402.ts'
import { encodeUtf8 } from './bytes.ts'
import { composeTokenId } from './identifier.ts'
import type { MacaroonCaveat } from './macaroon.ts'
import { type Granted, judgeService } from './policy.ts'
import { asPaymentHash } from './preimage.ts'
import { type Refused, refused } from './refusal.ts'
import {
  allowsMethod,
  findSatisfier,
  parseList,
  parseUint,
  SATISFIERS,
  type TokenRequest,
  volumeUnit,
} from './satisfier.ts'
import { readTerms } from './terms.ts'
import type { VerifiedToken } from './token.ts'

const paymentHash = asPaymentHash(new Uint8Array(32))
const keyId = new Uint8Array(4)
const identifier = {
  paymentHash,
  tokenId: composeTokenId(keyId, new Uint8Array(28)),
  keyId: composeTokenId(keyId, new Uint8Array(28)).subarray(0, 4),
}
const first = (text: string): MacaroonCaveat => ({ id: encodeUtf8(text), verificationId: null, location: null })

/** A token that says just this, or the refusal of its caveats. */
function say(...caveats: string[]): VerifiedToken | Refused {
  const read = readTerms({
    sha256: ctx.sha256,
    paymentHash,
    isDeclared: () => true,
    own: caveats.map(first),
    discharged: [],
    foreign: 'skip',
  })
  if (read.kind === 'refused') return read
  return { ...read.terms, identifier: identifier as VerifiedToken['identifier'], hasThirdParty: false, cacheable: true }
}

const BASE: TokenRequest = {
  now: new Date(1_000_000),
  method: 'GET',
  path: '/a',
  tier: 0,
  capability: null,
  address: null,
  origin: null,
}

/** What a holder of these caveats gets for a request; a refusal of the caveats or of the request gets nothing. */
function ask(caveats: readonly string[], request: TokenRequest): Granted | null {
  const token = say(...caveats)
  if ('kind' in token) return null
  const judged = judgeService(token, request, 'a')
  return judged.kind === 'granted' ? judged : null
}

/** Whether `less` gives nothing that `more` does not give; `null` gives nothing, an absent limit is the widest. */
function isWithin(less: Granted | null, more: Granted | null): boolean {
  if (less === null) return true
  if (more === null) return false
  const upTo = (a: number | null, b: number | null): boolean => b === null || (a !== null && a <= b)
  const limitOf = (granted: Granted, kind: string, unit: string | null): number | null =>
    granted.limits.find((one) => one.kind === kind && one.unit === unit)?.limit ?? null
  return (
    less.tier <= more.tier &&
    upTo(less.networks, more.networks) &&
    upTo(less.quality, more.quality) &&
    upTo(less.validUntil, more.validUntil) &&
    (more.variant === null || less.variant === more.variant) &&
    more.limits.every(({ kind, unit, limit }) => upTo(limitOf(less, kind, unit), limit)) &&
    (more.rate === null || (less.rate !== null && isSlower(less.rate, more.rate))) &&
    (more.capabilities === null || (less.capabilities?.every((one) => more.capabilities?.includes(one)) ?? false))
  )
}

/** In no span of time may the slower bucket let more through: burst plus refill, looked at over many spans. */
function isSlower(less: Granted['rate'] & object, more: Granted['rate'] & object): boolean {
  return [0, 1, 2, 5, 10, 60, 3600].every(
    (span) =>
      less.requests + (span * less.requests) / less.seconds <=
      more.requests + (span * more.requests) / more.seconds + 1e-9,
  )
}

const listOf = (items: readonly string[], min: number): fc.Arbitrary<string> =>
  fc.subarray([...items], { minLength: min }).map((list) => list.join(','))
const small = fc.nat(6).map(String)

/** Values near one another, so that all relations between two of them come up. */
const VALUES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  services: listOf(['a:0', 'b:1', 'c:2'], 1),
  a_capabilities: listOf(['read', 'download', 'write'], 0),
  a_valid_until: fc.nat({ max: 2_000 }).map(String),
  a_method: listOf(['GET', 'POST', 'HEAD'], 1),
  a_path: fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', '/a/b/', '/b'),
  a_request: fc.constantFrom('0'.repeat(32), 'f'.repeat(32)),
  a_address: listOf(
    ['10.0.0.0/8', '10.0.0.0/7', '10.1.0.0/16', '10.1.2.3/32', '0.0.0.0/0', '2001:db8::/32', '::/0'],
    1,
  ),
  a_origin: listOf(['https://a.example', 'https://b.example', 'http://a.example:8080'], 1),
  a_networks: fc.integer({ min: 1, max: 5 }).map(String),
  a_rate: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).map(([n, s]) => `${n}/${s}`),
  a_uses: small,
  a_bytes: small,
  a_seconds: small,
  a_volume_sats: small,
  a_quality: small,
  a_variant: fc.constantFrom('x', 'y'),
  expiration: fc.nat({ max: 2_000_000 }).map(String),
}

const request: fc.Arbitrary<TokenRequest> = fc.record({
  now: fc.nat({ max: 2_000_000 }).map((ms) => new Date(ms)),
  method: fc.constantFrom('GET', 'HEAD', 'POST'),
  path: fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', '/a/b/c', '/b', '/%61', '//', '/a/../b'),
  tier: fc.nat(1),
  capability: fc.constantFrom(null, 'read', 'download', 'write'),
  address: fc.constantFrom(null, '10.1.2.3', '10.9.9.9', '192.0.2.1', '2001:db8::1', '::1', '::ffff:10.1.2.3'),
  origin: fc.constantFrom(null, 'https://a.example', 'https://b.example', 'http://a.example:8080'),
  digest: fc.constantFrom('0', 'f').map((digit) => () => digit.repeat(32)),
})

describe.each(Object.entries(VALUES))('%s', (condition, values) => {
  const base = condition === 'services' ? [] : ['services=a:1']
  const stated = (value: string): string => `${condition}=${value}`

  it('a holder who adds it gets no more than before', () => {
    fc.assert(
      fc.property(values, values, request, (before, added, asked) => {
        const narrow = ask([...base, stated(before), stated(added)], asked)
        expect(isWithin(narrow, ask([...base, stated(before)], asked))).toBe(true)
        if (base.length > 0) expect(isWithin(ask([...base, stated(added)], asked), ask(base, asked))).toBe(true)
      }),
      { numRuns: 400 },
    )
  })
  it('a value that gives anything more is refused as widening', () => {
    fc.assert(
      fc.property(values, values, request, (before, added, asked) => {
        const gain = !isWithin(ask([...base, stated(added)], asked), ask([...base, stated(before)], asked))
        if (gain) expect(say(...base, stated(before), stated(added))).toEqual(refused('caveat_widens'))
      }),
      { numRuns: 400 },
    )
  })
  it('the same value again changes nothing', () => {
    fc.assert(
      fc.property(values, request, (value, asked) => {
        expect(ask([...base, stated(value), stated(value)], asked)).toEqual(ask([...base, stated(value)], asked))
      }),
    )
  })
  it('a value outside its grammar is refused wherever it stands', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(...foreignTo(condition)), fc.boolean(), (value, foreign, inFront) => {
        const bad = inFront ? foreign + value : value + foreign
        expect(say(...base, stated(bad))).toEqual(refused('caveat_malformed'))
        expect(say(...base, stated(value), stated(bad))).toEqual(refused('caveat_malformed'))
      }),
    )
  })
})

/** Text that no value of the condition may hold; a path may hold more than the others. */
function foreignTo(condition: string): string[] {
  const always = [' ', '\u0000', '\n', '/?']
  return condition === 'a_path' ? always : [...always, '_.', '=', ',,']
}

const malformed: Record<string, string[]> = {
  capabilities: ['1a', 'A', 'a'.repeat(33), Array.from({ length: 33 }, (_, i) => `c${i}`).join(','), 'a,,b', 'a,a'],
  valid_until: ['', '00', '1000000000000000', '-1', '1.0', '1e3', 'x1', '1x'],
  method: [
    '',
    'get',
    'G'.repeat(17),
    Array.from({ length: 17 }, (_, i) => `M${'A'.repeat(i % 15)}${'B'.repeat(i > 14 ? 1 : 0)}`).join(','),
    'GET,GET',
    'G1',
  ],
  path: ['', 'a', `/${'a'.repeat(256)}`, '/a//b', '/%61'],
  request: ['', '0'.repeat(31), '0'.repeat(33), 'F'.repeat(32), 'g'.repeat(32)],
  address: ['', '10.0.0.1', '10.0.0.1/8', Array.from({ length: 9 }, (_, i) => `10.0.0.${i}/32`).join(',')],
  origin: [
    '',
    'https://',
    'ftp://a',
    'https://A.example',
    'https://a.example/',
    'https://a.example:',
    'https://a.example:0',
    'https://a.example:65536',
    'https://a.example:080',
    'https://.a',
    'https://a.',
    'https://-a',
    'https://a b',
    'xhttps://a',
    'https://[::1',
    Array.from({ length: 9 }, (_, i) => `https://a${i}`).join(','),
  ],
  networks: ['0', '1001', '01', ''],
  rate: ['1', '/1', '1/', '0/1', '1/0', '01/1', '1/01', '1000000/1', '1/86401', '1/100000', '1/1/1', 'x1/1', '1/1x'],
  uses: ['', 'three', '-1'],
  quality: ['480p', ''],
  variant: ['', 'A', 'a_b', 'a'.repeat(33)],
}
const wellFormed: Record<string, string[]> = {
  capabilities: ['', 'a', `a${'_'.repeat(31)}`, Array.from({ length: 32 }, (_, i) => `c${i}`).join(',')],
  valid_until: ['0', '7', '999999999999999'],
  method: ['G', 'A'.repeat(16), Array.from({ length: 16 }, (_, i) => 'A'.repeat(i + 1)).join(',')],
  path: ['/', `/${'a'.repeat(255)}`],
  request: ['0123456789abcdef'.repeat(2)],
  address: ['0.0.0.0/0', Array.from({ length: 8 }, (_, i) => `10.0.0.${i}/32`).join(',')],
  origin: [
    'http://a',
    'https://a-b.example:65535',
    'https://a1:1',
    'http://[::1]:8080',
    'https://[2001:db8::1]',
    Array.from({ length: 8 }, (_, i) => `https://a${i}`).join(','),
  ],
  networks: ['1', '1000'],
  rate: ['1/1', '999999/86400', '10/99999'].slice(0, 2),
  uses: ['0', '999999999999999'],
  quality: ['0'],
  variant: ['a', '-', 'a'.repeat(32), '0-9'],
}

describe('grammar', () => {
  it.each(Object.entries(malformed).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    '%s=%j is refused',
    (name, value) => {
      expect(say('services=a:0', `a_${name}=${value}`)).toEqual(refused('caveat_malformed'))
    },
  )
  it.each(Object.entries(wellFormed).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    '%s=%j is taken',
    (name, value) => {
      expect(say('services=a:0', `a_${name}=${value}`)).toMatchObject({ services: [{ name: 'a' }] })
    },
  )
  it('a number is read exactly or not at all', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999_999_999_999_999 }), (value) => {
        expect(parseUint(String(value))).toBe(value)
        expect(parseUint(`0${value}`)).toBeNull()
      }),
    )
    expect(parseUint('1000000000000000')).toBeNull()
  })
  it('a list has its bounds, no blanks and no duplicates', () => {
    const rule = { min: 0, max: 2, parse: (item: string) => (item === '' ? null : item) }
    expect(parseList('', rule)).toEqual([])
    expect(parseList('', { ...rule, min: 1 })).toBeNull()
    expect(parseList('a,b', rule)).toEqual(['a', 'b'])
    expect(parseList('a,b,c', rule)).toBeNull()
    expect(parseList('a,a', rule)).toBeNull()
    expect(parseList('a,', rule)).toBeNull()
  })
  it('a volume has a unit of its own', () => {
    expect(volumeUnit('volume_sats')).toBe('sats')
    expect(volumeUnit(`volume_${'a'.repeat(16)}`)).toBe('a'.repeat(16))
    for (const name of [
      'volume_',
      'volume',
      'volume_1a',
      'volume_A',
      `volume_${'a'.repeat(17)}`,
      'volume_a_b',
      'xvolume_a',
      'uses',
    ]) {
      expect(volumeUnit(name)).toBeNull()
    }
    expect(findSatisfier('volume_sats')?.counted).toBe(true)
    expect(findSatisfier('volume_')).toBeNull()
    expect(findSatisfier('toString')).toBeNull()
  })
  it('counts exactly what needs a counter', () => {
    const counted = Object.entries(SATISFIERS).filter(([, row]) => row.counted === true)
    expect(counted.map(([name]) => name)).toEqual(['uses', 'bytes', 'seconds'])
  })
  it('only HEAD follows another method, and only GET', () => {
    expect(allowsMethod(['GET'], 'HEAD')).toBe(true)
    expect(allowsMethod(['HEAD'], 'GET')).toBe(false)
    expect(allowsMethod(['POST'], 'HEAD')).toBe(false)
    expect(allowsMethod(['GET'], 'POST')).toBe(false)
  })
  it('the base request of these tests is granted, so their refusals mean something', () => {
    expect(ask(['services=a:0'], BASE)).not.toBeNull()
    expect(ask(['services=b:0'], BASE)).toBeNull()
  })
})
