import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ctx } from '#tests/support/l402.ts'
import { decodeHex, decodeUtf8, encodeHex, encodeUtf8 } from './bytes.ts'
import { composeTokenId, encodeIdentifier } from './identifier.ts'
import { decodeMacaroon, encodeMacaroon, mintMacaroon } from './macaroon.ts'
import { type Narrowed, type Narrowing, narrowToken } from './narrow.ts'
import { judgeService } from './policy.ts'
import { asPreimage } from './preimage.ts'
import { refusalOf } from './refusal.ts'
import { verifyToken } from './token.ts'

const preimage = asPreimage(new Uint8Array(32).fill(0x11))
const paymentHash = ctx.sha256(preimage)
const tokenId = composeTokenId(new Uint8Array([1, 2, 3, 4]), new Uint8Array(28).fill(5))
const rootKey = new Uint8Array(32).fill(6)
const identifier = encodeIdentifier({ paymentHash, tokenId })

const token = (...caveats: string[]): Uint8Array =>
  encodeMacaroon(mintMacaroon(ctx.hmac, { rootKey, identifier, caveats: caveats.map(encodeUtf8) }))
const verify = (macaroon: Uint8Array) =>
  verifyToken(ctx, { macaroons: [macaroon], preimage }, () => ({ kind: 'found', rootKey }))
const narrowed = (bytes: Uint8Array, wanted: Narrowing): Uint8Array => {
  const made = narrowToken(ctx, bytes, wanted)
  if (made.kind === 'refused') throw new TypeError(made.refusal.detail)
  return made.macaroon
}
const caveatsOf = (bytes: Uint8Array): (string | null)[] => {
  const read = decodeMacaroon(bytes)
  return read.kind === 'read' ? read.macaroon.caveats.map(({ id }) => decodeUtf8(id)) : []
}
const REQUEST = {
  now: new Date(1_700_000_000_000),
  tier: 0,
  method: 'GET',
  path: '/scores/best',
  address: null,
  origin: null,
  capability: null,
}

describe('a lesser copy', () => {
  it('has the caveats of the token and, behind them, what was wished for each service that it keeps', () => {
    const copy = narrowed(token('services=a:2,b:1,c:0'), { services: ['c', 'a'], conditions: { valid_until: '5' } })
    expect(caveatsOf(copy)).toEqual(['services=a:2,b:1,c:0', 'services=a:2,c:0', 'a_valid_until=5', 'c_valid_until=5'])
    expect(verify(copy)).toMatchObject({ kind: 'verified', token: { services: [{ name: 'a' }, { name: 'c' }] } })
  })
  it('of which all services stay says nothing of them', () => {
    expect(caveatsOf(narrowed(token('services=a:0,b:0'), { services: ['b', 'a'] }))).toEqual(['services=a:0,b:0'])
  })
  it('is signed as the chain of the vectors is', () => {
    const key = Uint8Array.from({ length: 32 }, (_, n) => n)
    const id = '000002d449a31fbb267c8f352e9968a79e3e5fc95c1bbeaa502fd6454ebde5a4bedc'
    const caveats = ['services=article:0', 'article_capabilities=', 'article_valid_until=1893456000'].map(encodeUtf8)
    const longId = decodeHex(`${id}${encodeHex(Uint8Array.from({ length: 32 }, (_, n) => 0xa0 + n))}`) as Uint8Array
    const bytes = encodeMacaroon(mintMacaroon(ctx.hmac, { rootKey: key, identifier: longId, caveats }))
    const copy = narrowed(bytes, { conditions: { valid_until: '1700000000' } })
    expect(encodeHex(copy.slice(-32))).toBe('02eea0d528b6b7f256b0f0fd3ed16ad1039b4b8f51d4f7ef048166f2b10be84f')
  })
  it('may be narrowed again, and opens what both allow', () => {
    const once = narrowed(token('services=a:0'), { conditions: { path: '/scores' } })
    const twice = narrowed(once, { conditions: { path: '/scores/best', method: 'GET,POST' } })
    const verdict = verify(twice)
    if (verdict.kind !== 'verified') throw new TypeError('refused')
    expect(judgeService(verdict.token, REQUEST, 'a')).toMatchObject({ kind: 'granted' })
    expect(judgeService(verdict.token, { ...REQUEST, path: '/scores' }, 'a')).toMatchObject({
      refusal: refusalOf('path'),
    })
    expect(judgeService(verdict.token, { ...REQUEST, method: 'PUT' }, 'a')).toMatchObject({
      refusal: refusalOf('method'),
    })
  })
  it('opens nothing that the token does not open, whatever is wished', () => {
    const limit = fc.integer({ min: 0, max: 30 })
    const wish = fc.record(
      { valid_until: limit.map(String), uses: limit.map(String), path: fc.constantFrom('/', '/a', '/a/b', '/c') },
      { requiredKeys: [] },
    )
    const seconds = fc.integer({ min: 0, max: 30 })
    fc.assert(
      fc.property(wish, wish, seconds, fc.constantFrom('/', '/a', '/a/b', '/c'), (first, second, now, path) => {
        const whole = narrowToken(ctx, token('services=a:0'), { conditions: first })
        if (whole.kind === 'refused') return
        const part = narrowToken(ctx, whole.macaroon, { conditions: second })
        if (part.kind === 'refused') return
        const request = { ...REQUEST, now: new Date(now * 1000), path }
        const [before, after] = [opens(whole.macaroon, request), opens(part.macaroon, request)]
        if (after !== null) expect(before).not.toBeNull()
        expect(after?.uses ?? 0).toBeLessThanOrEqual(before?.uses ?? Number.POSITIVE_INFINITY)
      }),
    )
  })
})

function opens(macaroon: Uint8Array, request: typeof REQUEST): { uses: number } | null {
  const verdict = verify(macaroon)
  if (verdict.kind === 'refused') throw new TypeError(verdict.refusal.detail)
  const judged = judgeService(verdict.token, request, 'a')
  return judged.kind === 'granted' ? { uses: judged.limits[0]?.limit ?? Number.POSITIVE_INFINITY } : null
}

describe('refused, with the wish at fault,', () => {
  const fault = (name: Parameters<typeof refusalOf>[0], condition: string | null): Narrowed => ({
    ...{ kind: 'refused', condition },
    refusal: refusalOf(name),
  })
  it.each<[string, Narrowing, Narrowed]>([
    ['a service that the token has not', { services: ['b'] }, fault('service', 'services')],
    ['one beside one that it has', { services: ['a', 'b'] }, fault('service', 'services')],
    ['no service at all', { services: [] }, fault('service', 'services')],
    ['a later end', { conditions: { valid_until: '2001' } }, fault('caveat_widens', 'valid_until')],
    ['a path beside', { conditions: { path: '/gulls' } }, fault('caveat_widens', 'path')],
    ['more uses', { conditions: { uses: '11' } }, fault('caveat_widens', 'uses')],
    ['no number', { conditions: { uses: 'ten' } }, fault('caveat_malformed', 'uses')],
    ['a rate for ever', { conditions: { rate: '1/0' } }, fault('caveat_malformed', 'rate')],
    ['a wrong one behind a right one', { conditions: { uses: '9', path: 'x' } }, fault('caveat_malformed', 'path')],
  ])('is %s', (_, wanted, expected) => {
    const bytes = token('services=a:0', 'a_valid_until=2000', 'a_path=/tides', 'a_uses=10')
    expect(narrowToken(ctx, bytes, wanted)).toEqual(expected)
  })
  it('is a copy longer than anybody reads', () => {
    const full = Array.from({ length: 47 }, (_, n) => `a_uses=${100 - n}`)
    expect(narrowToken(ctx, token('services=a:0', ...full), { conditions: { uses: '1' } })).toEqual(
      fault('structure', 'uses'),
    )
    expect(narrowToken(ctx, token('services=a:0', ...full.slice(1)), { conditions: { uses: '1' } }).kind).toBe(
      'narrowed',
    )
  })
  it.each<[string, Uint8Array, Narrowed]>([
    ['what is no macaroon', new Uint8Array([2, 1]), fault('structure', null)],
    ['one of another place', foreign(), fault('location', null)],
    ['a token without services', token(), fault('services_missing', null)],
    ['a token that widens itself', token('services=a:0', 'a_uses=1', 'a_uses=2'), fault('caveat_widens', null)],
    ['an identifier of another kind', shortIdentifier(), fault('identifier', null)],
  ])('is %s', (_, bytes, expected) => {
    expect(narrowToken(ctx, bytes, { conditions: { uses: '1' } })).toEqual(expected)
  })
})

function foreign(): Uint8Array {
  const made = mintMacaroon(ctx.hmac, { rootKey, identifier, caveats: [encodeUtf8('services=a:0')] })
  return encodeMacaroon({ ...made, location: encodeUtf8('elsewhere') })
}

function shortIdentifier(): Uint8Array {
  return encodeMacaroon(
    mintMacaroon(ctx.hmac, { rootKey, identifier: encodeUtf8('x'), caveats: [encodeUtf8('services=a:0')] }),
  )
}
