import { describe, expect, it } from 'vitest'
import { ctx } from '#tests/support/l402.ts'
import { encodeUtf8 } from './bytes.ts'
import { carryServices, extendCaveats } from './extend.ts'
import { decodeIdentifier, encodeIdentifier } from './identifier.ts'
import { decide, judgeCount, judgeService, judgeServices, type Situation } from './policy.ts'
import { asPaymentHash } from './preimage.ts'
import { type RefusalCase, refusalOf, refused } from './refusal.ts'
import type { TokenRequest } from './satisfier.ts'
import { readTerms } from './terms.ts'
import { mintToken, type VerifiedToken } from './token.ts'

const paymentHash = asPaymentHash(new Uint8Array(32))
const tokenId = new Uint8Array(32).fill(1)

function token(...caveats: string[]): VerifiedToken {
  const read = readTerms({
    sha256: ctx.sha256,
    paymentHash,
    isDeclared: () => true,
    own: caveats.map((text) => ({ id: encodeUtf8(text), verificationId: null, location: null })),
    discharged: [],
    foreign: 'skip',
  })
  const decoded = decodeIdentifier(encodeIdentifier({ paymentHash, tokenId }))
  if (read.kind === 'refused' || decoded.kind === 'refused') throw new TypeError('the caveats of a test do not read')
  return { ...read.terms, identifier: decoded.identifier, hasThirdParty: false, cacheable: true }
}

const request: TokenRequest = {
  now: new Date(1_800_000_000_000),
  method: 'GET',
  path: '/a',
  tier: 0,
  capability: null,
  address: null,
  origin: null,
}

describe('one service', () => {
  it('a token that says nothing more grants everything of its service', () => {
    expect(judgeService(token('services=a:3'), request, 'a')).toEqual({
      kind: 'granted',
      service: 'a',
      tier: 3,
      capabilities: null,
      limits: [],
      networks: null,
      rate: null,
      quality: null,
      variant: null,
      validUntil: null,
    })
  })
  it('everything it says reaches the gate', () => {
    const said = token(
      'services=a:3,b:0',
      'a_capabilities=read',
      'a_valid_until=1800000100',
      'a_networks=5',
      'a_rate=60/30',
      'a_uses=1',
      'a_bytes=2',
      'a_seconds=3',
      'a_volume_sats=4',
      'a_volume_words=5',
      'a_quality=480',
      'a_variant=b',
      'b_networks=1',
    )
    expect(judgeService(said, request, 'a')).toEqual({
      kind: 'granted',
      service: 'a',
      tier: 3,
      capabilities: ['read'],
      limits: [
        { kind: 'uses', unit: null, limit: 1 },
        { kind: 'bytes', unit: null, limit: 2 },
        { kind: 'seconds', unit: null, limit: 3 },
        { kind: 'volume', unit: 'sats', limit: 4 },
        { kind: 'volume', unit: 'words', limit: 5 },
      ],
      networks: 5,
      rate: { requests: 60, seconds: 30 },
      quality: 480,
      variant: 'b',
      validUntil: 1_800_000_100,
    })
  })
  it('the nearer of both ends counts, in whole seconds rounded down', () => {
    const ends = (...caveats: string[]) => judgeService(token('services=a:0', ...caveats), request, 'a')
    expect(ends('a_valid_until=1800000100', 'expiration=1800000099999')).toMatchObject({ validUntil: 1_800_000_099 })
    expect(ends('a_valid_until=1800000100', 'expiration=1800000200000')).toMatchObject({ validUntil: 1_800_000_100 })
    expect(ends('expiration=1800000000001')).toMatchObject({ validUntil: 1_800_000_000 })
    expect(ends('expiration=1800000000000')).toEqual(refused('expired'))
    expect(ends('a_valid_until=1800000000')).toEqual(refused('expired'))
    const later = { ...request, now: new Date(1_800_000_000_999) }
    expect(judgeService(token('services=a:0', 'a_valid_until=1800000001'), later, 'a').kind).toBe('granted')
  })
  // The order tells a client what to mend first, and keeps "wrong service" from hiding behind "expired".
  it('what is wrong is told in the order of the judge', () => {
    const all = [
      'services=a:0',
      'a_valid_until=1',
      'a_address=10.0.0.0/8',
      'a_origin=https://a.example',
      'a_method=POST',
      'a_path=/b',
      'a_capabilities=',
    ]
    const asked = { ...request, tier: 1, capability: 'read' }
    const told: RefusalCase[] = []
    const mend: Partial<Record<RefusalCase, number | 'tier'>> = {
      tier: 'tier',
      expired: 1,
      address: 2,
      origin: 3,
      method: 4,
      path: 5,
      capability: 6,
    }
    let caveats = [...all]
    let now = asked
    for (let i = 0; i < 8; i++) {
      const judged = judgeService(token(...caveats), now, 'a')
      if (judged.kind === 'granted') break
      const { detail } = judged.refusal
      told.push(detail)
      const place = mend[detail]
      if (place === 'tier') now = { ...now, tier: 0 }
      else caveats = caveats.map((text, at) => (at === place ? `note=${at}` : text))
    }
    expect(told).toEqual(['tier', 'expired', 'address', 'origin', 'method', 'path', 'capability'])
    expect(judgeService(token(...all), asked, 'b')).toEqual(refused('service'))
  })
  it('an unknown address, origin or path never passes a condition on it', () => {
    const said = (caveat: string) => token('services=a:0', caveat)
    expect(judgeService(said('a_address=0.0.0.0/0'), request, 'a')).toEqual(refused('address'))
    expect(judgeService(said('a_address=0.0.0.0/0'), { ...request, address: 'unknown' }, 'a')).toEqual(
      refused('address'),
    )
    expect(judgeService(said('a_address=0.0.0.0/0'), { ...request, address: '1.2.3.4' }, 'a').kind).toBe('granted')
    expect(judgeService(said('a_origin=https://a'), request, 'a')).toEqual(refused('origin'))
    expect(judgeService(said('a_origin=https://a'), { ...request, origin: 'https://a' }, 'a').kind).toBe('granted')
    expect(judgeService(said('a_path=/'), { ...request, path: '/a/..' }, 'a')).toEqual(refused('path'))
    expect(judgeService(said(`a_request=${'0'.repeat(32)}`), request, 'a')).toEqual(refused('request'))
  })
})

describe('several services', () => {
  const both = token('services=a:0,pass:1', 'a_valid_until=1')
  const never = { isDenied: () => false }
  it('the first that grants counts', () => {
    expect(judgeServices(both, request, { services: ['a', 'pass'], ...never })).toMatchObject({
      kind: 'granted',
      service: 'pass',
    })
    const two = token('services=a:0,pass:1')
    expect(judgeServices(two, request, { services: ['pass', 'a'], ...never })).toMatchObject({ service: 'pass' })
    expect(judgeServices(two, request, { services: ['a', 'pass'], ...never })).toMatchObject({ service: 'a' })
  })
  it('if none grants, the refusal that got furthest is told', () => {
    expect(judgeServices(both, request, { services: ['x', 'a'], ...never })).toEqual(refused('expired'))
    expect(judgeServices(both, request, { services: ['a', 'x'], ...never })).toEqual(refused('expired'))
    expect(judgeServices(both, request, { services: [], ...never })).toEqual(refused('service'))
  })
  it('a withdrawn service grants nothing and is told as withdrawn, unless the token does not name it', () => {
    const isDenied = (service: string): boolean => service === 'a'
    expect(judgeServices(token('services=a:0'), request, { services: ['a'], isDenied })).toEqual(
      refused('service_revoked'),
    )
    expect(judgeServices(both, request, { services: ['a'], isDenied })).toEqual(refused('service_revoked'))
    expect(judgeServices(both, request, { services: ['a', 'pass'], isDenied })).toMatchObject({ service: 'pass' })
    expect(judgeServices(token('services=b:0'), request, { services: ['a'], isDenied })).toEqual(refused('service'))
  })
})

describe('counters', () => {
  it.each(['uses', 'bytes', 'seconds', 'volume'] as const)(
    '%s: what fits the rest passes, one more does not',
    (kind) => {
      const limit = { kind, unit: null, limit: 10 }
      expect(judgeCount(limit, { used: 4, cost: 6 })).toEqual({ kind: 'fits' })
      expect(judgeCount(limit, { used: 4, cost: 7 })).toEqual(refused(kind))
      expect(judgeCount(limit, { used: 10, cost: 0 })).toEqual({ kind: 'fits' })
    },
  )
})

describe('decision table', () => {
  const situation: Situation = {
    free: false,
    paused: false,
    pageLoad: false,
    hasPreview: true,
    method: 'GET',
    demandsDischarge: false,
    outcome: refused('none'),
  }
  const fresh = (name: RefusalCase) => ({ kind: 'challenge', refusal: refusalOf(name), invoice: 'fresh' })
  it.each([
    ['free needs nothing', { free: true }, { kind: 'free' }],
    ['a token that grants is let in', { outcome: { kind: 'granted' } }, { kind: 'admit' }],
    [
      'what was bought stays bought while nothing is sold',
      { paused: true, outcome: { kind: 'granted' } },
      { kind: 'admit' },
    ],
    ['nothing shown: a fresh challenge', {}, fresh('none')],
    ['a browser sees the preview', { pageLoad: true }, { kind: 'preview' }],
    [
      'a browser sees the preview also with an expired token',
      { pageLoad: true, outcome: refused('expired') },
      { kind: 'preview' },
    ],
    ['a browser without a preview is asked to pay', { pageLoad: true, hasPreview: false }, fresh('none')],
    ['a paused resource keeps its preview', { paused: true, pageLoad: true }, { kind: 'preview' }],
    ['a paused resource is not sold', { paused: true }, { kind: 'refuse', code: 'paywall.resource_paused' }],
    [
      'paying does not mend too many networks',
      { outcome: refused('networks') },
      { kind: 'refuse', code: 'limit.networks' },
    ],
    [
      'paying does not mend too many requests',
      { pageLoad: true, outcome: refused('rate') },
      { kind: 'refuse', code: 'limit.rate' },
    ],
    ['HEAD asks nobody to pay', { method: 'HEAD' }, { ...fresh('none'), invoice: 'none' }],
    [
      'a token without proof gets its own invoice again',
      { outcome: refused('unproven') },
      { ...fresh('unproven'), invoice: 'same' },
    ],
    ['an unsettled one too', { outcome: refused('unsettled') }, { ...fresh('unsettled'), invoice: 'same' }],
    ['a wrong proof gets a fresh one', { outcome: refused('preimage') }, fresh('preimage')],
    [
      'a missing discharge that a holder asked for: fresh',
      { outcome: refused('discharge_missing') },
      fresh('discharge_missing'),
    ],
    [
      'a missing discharge that the offer asks for: none',
      { demandsDischarge: true, outcome: refused('discharge_missing') },
      { ...fresh('discharge_missing'), invoice: 'none' },
    ],
    [
      'an invalid one as well',
      { demandsDischarge: true, outcome: refused('discharge_invalid') },
      { ...fresh('discharge_invalid'), invoice: 'none' },
    ],
    [
      'another fault of the same offer: fresh',
      { demandsDischarge: true, outcome: refused('expired') },
      fresh('expired'),
    ],
  ] as const)('%s', (_, change, decision) => {
    expect(decide({ ...situation, ...change })).toEqual(decision)
  })
})

describe('larger tokens', () => {
  const now = new Date(1_800_000_000_000)
  it('carry every service as narrow as it stands, conditions in the order of minting', () => {
    const held = token(
      'services=a:3,b:2,c:0',
      'a_variant=b',
      'a_volume_words=9',
      'a_volume_sats=8',
      'a_seconds=4',
      'a_quality=480',
      'a_method=GET,POST',
      'a_capabilities=read',
      'a_method=GET',
      'services=b:1,a:3',
      'expiration=1800000099999',
      'a_valid_until=1800000050',
      'note=mine',
    )
    expect(carryServices(held, now)).toEqual([
      { name: 'b', tier: 1, caveats: ['b_valid_until=1800000099'] },
      {
        name: 'a',
        tier: 3,
        caveats: [
          'a_capabilities=read',
          'a_valid_until=1800000050',
          'a_method=GET',
          'a_seconds=4',
          'a_volume_sats=8',
          'a_volume_words=9',
          'a_quality=480',
          'a_variant=b',
        ],
      },
    ])
  })
  it('carry volumes in the order of their units, however they came', () => {
    const units = (...caveats: string[]) => carryServices(token('services=a:0', ...caveats), now)[0]?.caveats
    const sorted = ['a_volume_sats=8', 'a_volume_words=9', 'a_volume_years=1']
    expect(units(...sorted)).toEqual(sorted)
    expect(units(...sorted.toReversed())).toEqual(sorted)
  })
  it('carry nothing that is over, and nothing that needed a discharge', () => {
    const held = token('services=a:0,b:0', 'a_valid_until=1800000000')
    expect(carryServices(held, now).map(({ name }) => name)).toEqual(['b'])
    expect(carryServices({ ...held, hasThirdParty: true }, now)).toEqual([])
    expect(carryServices(token('services=a:0', 'expiration=1800000000000'), now)).toEqual([])
  })
  const bought = { name: 'new', tier: 0, caveats: ['new_capabilities=read'] }
  const old = (name: string, ...caveats: string[]) => ({ name, tier: 1, caveats })
  it('name what was bought first, then what is carried', () => {
    expect(extendCaveats(bought, [old('x', 'x_uses=1'), old('y')])).toEqual({
      caveats: ['services=new:0,x:1,y:1', 'new_capabilities=read', 'x_uses=1'],
      services: ['new', 'x', 'y'],
      leftOut: [],
    })
    expect(extendCaveats(bought, [])).toEqual({
      caveats: ['services=new:0', 'new_capabilities=read'],
      services: ['new'],
      leftOut: [],
    })
  })
  it('do not carry what is bought anew, nor a service twice', () => {
    expect(extendCaveats(bought, [old('new', 'new_uses=1'), old('x'), old('x', 'x_uses=1')])).toMatchObject({
      caveats: ['services=new:0,x:1', 'new_capabilities=read'],
      leftOut: [],
    })
  })
  it('hold sixteen services; the oldest are left out and named', () => {
    const many = Array.from({ length: 18 }, (_, i) => old(`s${i}`))
    const extended = extendCaveats(bought, many)
    expect(extended.services).toEqual(['new', ...many.slice(0, 15).map(({ name }) => name)])
    expect(extended.leftOut).toEqual(['s15', 's16', 's17'])
  })
  it('hold forty caveats, so that their holders can still add some', () => {
    const many = (count: number) => old('x', ...Array.from({ length: count }, (_, i) => `x_volume_u${i}=1`))
    expect(extendCaveats(bought, [many(38)]).leftOut).toEqual([])
    expect(extendCaveats(bought, [many(39)]).leftOut).toEqual(['x'])
  })
  it('hold 1,500 bytes, exactly what minting takes', () => {
    const minted = (caveats: readonly string[]): number =>
      mintToken(ctx, { rootKey: new Uint8Array(32), paymentHash, tokenId, caveats }).length
    // Lengths on both sides of 127, where a field takes one byte more for its length; each path below the one before it.
    const shortest = `x_path=/${'p'.repeat(126 - 'x_path=/'.length)}`
    const longest = `${shortest}/p/${'p'.repeat(100)}`
    const filler = [shortest, `${shortest}/`, `${shortest}/p`, `${shortest}/p/`, longest, longest]
    const carried = (length: number) => old('x', ...filler, `x_origin=https://${'o'.repeat(length)}`)
    const rest = 1_500 - minted(extendCaveats(bought, [carried(150)]).caveats) + 150
    expect(extendCaveats(bought, [carried(rest)]).leftOut).toEqual([])
    expect(minted(extendCaveats(bought, [carried(rest)]).caveats)).toBe(1_500)
    expect(extendCaveats(bought, [carried(rest + 1)]).leftOut).toEqual(['x'])
  })
})
