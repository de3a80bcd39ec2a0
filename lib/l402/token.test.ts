import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ctx } from '#tests/support/l402.ts'
import { concatBytes, encodeHex, encodeUtf8 } from './bytes.ts'
import { foldCondition, parseCaveat } from './caveat.ts'
import { appendThirdPartyCaveat, bindDischarge, mintDischarge } from './discharge.ts'
import { composeTokenId, encodeIdentifier } from './identifier.ts'
import { encodeMacaroon, type Macaroon, mintMacaroon } from './macaroon.ts'
import { asPreimage, type Preimage } from './preimage.ts'
import { type RefusalCase, refusalOf, refused } from './refusal.ts'
import { type FindRootKey, mintToken, readToken, startWork, verifyToken } from './token.ts'

const preimage = asPreimage(new Uint8Array(32).fill(0x11))
const other = asPreimage(new Uint8Array(32).fill(0x12))
const paymentHash = ctx.sha256(preimage)
const tokenId = composeTokenId(new Uint8Array([1, 2, 3, 4]), new Uint8Array(28).fill(5))
const ringKey = new Uint8Array(32).fill(6)
const rootKeyOf = (identifier: Uint8Array): Uint8Array => ctx.hmac(ringKey, identifier)
const identifier = encodeIdentifier({ paymentHash, tokenId })
const rootKey = rootKeyOf(identifier)
const findRootKey: FindRootKey = (_, bytes) => ({ kind: 'found', rootKey: rootKeyOf(bytes) })

/** Signed with the right key, but without the rules of minting. */
const signed = (...caveats: (string | Uint8Array)[]): Macaroon =>
  mintMacaroon(ctx.hmac, {
    rootKey,
    identifier,
    caveats: caveats.map((one) => (typeof one === 'string' ? encodeUtf8(one) : one)),
  })

const verify = (macaroon: Macaroon | Macaroon[], proof: Preimage | null = preimage, find = findRootKey) =>
  verifyToken(ctx, { macaroons: [macaroon].flat().map(encodeMacaroon), preimage: proof }, find)

/** A token for service `a` that asks for one discharge, and that discharge, bound. */
function demanding(caveatId: string): { primary: Macaroon; discharge: Macaroon } {
  const demand = { caveatRootKey: new Uint8Array(32).fill(8), caveatId: encodeUtf8(caveatId), location: 'm' }
  const primary = appendThirdPartyCaveat(ctx.hmac, signed('services=a:0'), { ...demand, nonce: new Uint8Array(24) })
  return { primary, discharge: bindDischarge(ctx.hmac, primary, mintDischarge(ctx.hmac, { ...demand, caveats: [] })) }
}

const refusedWith = (name: RefusalCase) => ({ kind: 'refused', refusal: refusalOf(name), pending: null })

describe('minting', () => {
  const mint = (...caveats: string[]): Uint8Array => mintToken(ctx, { rootKey, paymentHash, tokenId, caveats })

  it('gives the canonical bytes of a token that verifies', () => {
    const bytes = mint('services=a:0', 'a_capabilities=read', 'a_valid_until=1893456000')
    expect(verifyToken(ctx, { macaroons: [bytes], preimage }, findRootKey)).toMatchObject({
      kind: 'verified',
      token: {
        identifier: { paymentHash, tokenId, keyId: new Uint8Array([1, 2, 3, 4]) },
        services: [{ name: 'a', tier: 0 }],
        expirationMs: null,
        hasThirdParty: false,
        cacheable: true,
      },
    })
  })
  it('repeated with the same key gives the same bytes', () => {
    expect(mint('services=a:0')).toEqual(mint('services=a:0'))
    expect(mint('services=a:0')).not.toEqual(mint('services=a:1'))
  })
  it.each([
    ['mint: the first caveat has to be services', []],
    ['mint: the first caveat has to be services', ['a_capabilities=read', 'services=a:0']],
    ['mint: the first caveat has to be services', ['Services=a:0']],
    ['mint: a condition of clients', ['services=a:0', `preimage=${'11'.repeat(32)}`]],
    ['mint: a condition of clients', ['services=a:0', 'expiration=1893456000000']],
    ['mint: the caveats would be refused, caveat_malformed', ['services=a']],
    ['mint: the caveats would be refused, caveat_malformed', ['services=a:0', 'a_uses=x']],
    ['mint: the caveats would be refused, caveat_unknown', ['services=a:0', 'a_color=red']],
    ['mint: the caveats would be refused, caveat_unknown', ['services=k3h-tides:0', 'k3h-tide_uses=1']],
    ['mint: the caveats would be refused, caveat_unknown', ['services=a:0', 'note=x']],
    ['mint: the caveats would be refused, caveat_widens', ['services=a:0', 'a_uses=1', 'a_uses=2']],
  ])('a token that would be refused is never minted: %s', (message, caveats) => {
    expect(() => mint(...caveats)).toThrow(new RangeError(message))
  })
  it('a token has 1,500 bytes at most', () => {
    const rest = ['services=a:0', ...Array.from({ length: 5 }, () => `a_path=/${'p'.repeat(230)}`)]
    const room = 1_500 - mint(...rest).length - 4
    const fitting = `a_origin=https://${'o'.repeat(room - 'a_origin=https://'.length)}`
    expect(mint(...rest, fitting)).toHaveLength(1_500)
    expect(() => mint(...rest, `${fitting}o`)).toThrow(new RangeError('mint: 1501 bytes, at most 1500'))
  })
  it('a volume may be of any unit: the resource declares it', () => {
    expect(mint('services=a:0', 'a_volume_sats=1').length).toBeGreaterThan(100)
  })
  it.each([
    ['payment hash', { rootKey, paymentHash: new Uint8Array(31), tokenId, caveats: ['services=a:0'] }],
    ['token id', { rootKey, paymentHash, tokenId: new Uint8Array(31), caveats: ['services=a:0'] }],
  ])('a %s of another length is a mistake of ours', (_, input) => {
    expect(() => mintToken(ctx, input)).toThrow(RangeError)
  })
})

describe('taking apart', () => {
  const bytes = encodeMacaroon(signed('services=a:0'))
  it('reads token and company from one text or several', () => {
    const read = readToken(concatBytes(bytes, bytes), bytes)
    expect(read).toMatchObject({ kind: 'read', identifier: { tokenId } })
    if (read.kind === 'read') expect(read.others).toHaveLength(2)
  })
  it('reads five macaroons over all texts, never six, and never none', () => {
    expect(readToken(bytes, bytes, bytes, bytes, bytes).kind).toBe('read')
    expect(readToken(concatBytes(bytes, bytes, bytes), concatBytes(bytes, bytes, bytes))).toEqual(refused('text'))
    expect(readToken()).toEqual(refused('text'))
  })
  it('a text that does not decode refuses the credential, wherever it stands', () => {
    expect(readToken(bytes, new Uint8Array([1]))).toEqual(refused('version'))
    expect(readToken(bytes.subarray(1), bytes)).toEqual(refused('version'))
    expect(readToken(bytes.subarray(0, 50))).toEqual(refused('structure'))
  })
})

describe('verifying', () => {
  const good = signed('services=a:0')
  it('what the key finder refuses is refused for its reason, and only after the preimage', () => {
    const deny: FindRootKey = () => refused('revoked')
    expect(verify(good, preimage, deny)).toEqual({
      ...refusedWith('revoked'),
      identifier: expect.objectContaining({ tokenId }),
    })
    expect(verify(good, other, deny)).toMatchObject(refusedWith('preimage'))
    const never: FindRootKey = () => expect.fail('asked for a key before the preimage was right')
    expect(verify(good, other, never)).toMatchObject(refusedWith('preimage'))
  })
  it('names the identifier where it could be read', () => {
    expect(verify({ ...good, signature: new Uint8Array(32) })).toMatchObject({
      ...refusedWith('signature'),
      identifier: { tokenId },
    })
    expect(verify({ ...good, location: null })).toEqual({ ...refusedWith('location'), identifier: null })
  })
  it('the identifier handed out is a copy: a kept token does not keep the request', () => {
    const bytes = encodeMacaroon(good)
    const verdict = verifyToken(ctx, { macaroons: [bytes], preimage }, findRootKey)
    if (verdict.kind === 'refused') throw new TypeError('refused')
    expect(verdict.token.identifier.tokenId.buffer).not.toBe(bytes.buffer)
    expect(verdict.token.identifier).toEqual({ paymentHash, tokenId, keyId: tokenId.subarray(0, 4) })
  })
  it('volume units are on sale only where they are declared', () => {
    const declared: FindRootKey = () => ({
      kind: 'found',
      rootKey,
      isDeclared: (service, unit) => service === 'a' && unit === 'sats',
    })
    expect(verify(signed('services=a:0,b:0', 'a_volume_sats=1'), preimage, declared).kind).toBe('verified')
    expect(verify(signed('services=a:0,b:0', 'b_volume_sats=1'), preimage, declared)).toMatchObject(
      refusedWith('caveat_unknown'),
    )
    expect(verify(signed('services=a:0', 'a_volume_words=1'), preimage, declared)).toMatchObject(
      refusedWith('caveat_unknown'),
    )
    expect(verify(signed('services=a:0', 'a_volume_sats=1'))).toMatchObject(refusedWith('caveat_unknown'))
  })
})

describe('without a preimage', () => {
  const caveat = (proof: Preimage): string => `preimage=${encodeHex(proof)}`
  it('the last preimage caveat is the proof', () => {
    expect(verify(signed('services=a:0', caveat(preimage)), null).kind).toBe('verified')
    expect(verify(signed('services=a:0', caveat(preimage), 'note=x'), null).kind).toBe('verified')
    expect(verify(signed('services=a:0', caveat(other)), null)).toMatchObject(refusedWith('preimage'))
    expect(verify(signed('services=a:0', caveat(preimage), caveat(other)), null)).toMatchObject(refusedWith('preimage'))
    expect(verify(signed('services=a:0', caveat(other), caveat(preimage)), null)).toMatchObject(refusedWith('preimage'))
  })
  it('an authentic token is pending, never access', () => {
    const verdict = verify(signed('services=a:0'), null)
    expect(verdict).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'l402.missing', detail: 'preimage' },
      identifier: { tokenId },
      pending: { services: [{ name: 'a' }] },
    })
  })
  it('an authentic token whose caveats do not read is pending for nothing', () => {
    for (const bad of ['a_uses=x', 'a_color=red', 'preimage=x', 'preimage']) {
      expect(verify(signed('services=a:0', bad), null)).toMatchObject(refusedWith('unproven'))
    }
    expect(verify(signed('note=x'), null)).toMatchObject(refusedWith('unproven'))
  })
  it('a changed one is refused for what is wrong with it', () => {
    expect(verify({ ...signed('services=a:0'), signature: new Uint8Array(32) }, null)).toMatchObject(
      refusedWith('signature'),
    )
    expect(verify([signed('services=a:0'), { ...signed('services=a:0'), location: null }], null)).toMatchObject(
      refusedWith('extra'),
    )
  })
  it('the proof may stand first, which does not make it a list of services', () => {
    expect(verify(signed(caveat(preimage)), null)).toMatchObject(refusedWith('services_missing'))
  })
  it('a third-party caveat that is named like a preimage is none', () => {
    const { primary, discharge } = demanding(caveat(preimage))
    expect(verify(primary, null)).toMatchObject(refusedWith('discharge_missing'))
    expect(verify([primary, discharge], null)).toMatchObject({ kind: 'refused', refusal: refusalOf('unproven') })
    expect(verify([primary, discharge]).kind).toBe('verified')
  })
})

describe('company of a token', () => {
  const good = signed('services=a:0')
  const twin = (
    input: { proof?: Preimage; key?: Uint8Array; caveats?: string[]; location?: Uint8Array | null } = {},
  ): Macaroon => {
    const id = encodeIdentifier({
      paymentHash: ctx.sha256(input.proof ?? preimage),
      tokenId: composeTokenId(new Uint8Array([1, 2, 3, 4]), new Uint8Array(28).fill(9)),
    })
    return mintMacaroon(ctx.hmac, {
      rootKey: input.key ?? rootKeyOf(id),
      identifier: id,
      caveats: (input.caveats ?? ['services=b:0']).map(encodeUtf8),
      ...(input.location === undefined ? {} : { location: input.location }),
    })
  }
  it('another token of the same payment may stand by, and makes the verdict one of its own', () => {
    expect(verify([good, twin()])).toMatchObject({
      kind: 'verified',
      token: { cacheable: false, services: [{ name: 'a' }] },
    })
    expect(verify([good, twin({ caveats: [] })]).kind).toBe('verified')
  })
  it('anything else is refused as extra', () => {
    const denied: FindRootKey = (read, bytes) =>
      encodeHex(read.tokenId) === encodeHex(tokenId) ? { kind: 'found', rootKey: rootKeyOf(bytes) } : refused('revoked')
    expect(verify([good, twin({ proof: other })])).toMatchObject(refusedWith('extra'))
    expect(verify([good, twin({ key: new Uint8Array(32) })])).toMatchObject(refusedWith('extra'))
    expect(verify([good, twin({ location: encodeUtf8('lsat') })])).toMatchObject(refusedWith('extra'))
    expect(verify([good, twin({ location: null })])).toMatchObject(refusedWith('extra'))
    expect(verify([good, twin()], preimage, denied)).toMatchObject(refusedWith('extra'))
    expect(verify([good, { ...twin(), identifier: new Uint8Array(65) }])).toMatchObject(refusedWith('extra'))
    expect(verify([good, twin(), twin({ proof: other })])).toMatchObject(refusedWith('extra'))
  })
  it('a twin that asks for a discharge is extra', () => {
    const asking = appendThirdPartyCaveat(ctx.hmac, twin(), {
      caveatRootKey: new Uint8Array(32),
      nonce: new Uint8Array(24),
      caveatId: encodeUtf8('x'),
      location: 'm',
    })
    expect(verify([good, asking])).toMatchObject(refusedWith('extra'))
  })
  it('a discharge makes the token third-party, not to be kept and not to be carried', () => {
    const demand = {
      caveatRootKey: new Uint8Array(32).fill(8),
      nonce: new Uint8Array(24),
      caveatId: encodeUtf8('x'),
      location: 'm',
    }
    const primary = appendThirdPartyCaveat(ctx.hmac, good, demand)
    const discharge = mintDischarge(ctx.hmac, { ...demand, caveats: [encodeUtf8('a_valid_until=7')], location: 'm' })
    const verdict = verify([primary, bindDischarge(ctx.hmac, primary, discharge)])
    expect(verdict).toMatchObject({ kind: 'verified', token: { hasThirdParty: true, cacheable: false } })
    if (verdict.kind === 'verified') expect(verdict.token.services[0]?.conditions.get('valid_until')?.value).toBe(7)
  })
})

describe('the work of one request', () => {
  const full = signed('services=a:0', ...Array.from({ length: 47 }, (_, i) => `z${i}=`))
  const five = { macaroons: [full, full, full, full, full].map(encodeMacaroon), preimage }

  it('is enough for the largest credential there is', () => {
    expect(verifyToken(ctx, five, findRootKey, startWork()).kind).toBe('verified')
  })
  it('is not enough for it and for a further one of its kind, with or without the preimage', () => {
    for (const proof of [preimage, null]) {
      const work = startWork()
      const judgeAgain = () => verifyToken(ctx, { ...five, preimage: proof }, findRootKey, work)
      expect(judgeAgain()).not.toMatchObject({ refusal: refusalOf('text') })
      expect(judgeAgain()).toMatchObject({ ...refusedWith('text'), identifier: { tokenId } })
      expect(judgeAgain()).toMatchObject({ ...refusedWith('text'), identifier: null })
    }
  })
  it('is spent by third-party caveats sooner, and by nothing before the chain', () => {
    let fat = signed('services=a:0')
    for (let n = 0; n < 37; n++) {
      const demand = { caveatRootKey: new Uint8Array(32), caveatId: encodeUtf8(`check-${n}`), location: 'm' }
      fat = appendThirdPartyCaveat(ctx.hmac, fat, { ...demand, nonce: new Uint8Array(24).fill(n) })
    }
    expect(verify(fat)).toMatchObject(refusedWith('text'))
    const work = startWork()
    verifyToken(ctx, { ...five, preimage: other }, findRootKey, work)
    verifyToken(ctx, five, () => refused('key'), work)
    expect(work).toEqual(startWork())
  })
})

describe('what the caveats say', () => {
  const read = (...caveats: (string | Uint8Array)[]) => verify(signed(...caveats))
  it('of several faults the first in the order of the judge is told, wherever it stands', () => {
    expect(read('services=a:0', 'a_uses=1', 'a_uses=2', 'a_color=red', 'a_uses=x')).toMatchObject(
      refusedWith('caveat_malformed'),
    )
    expect(read('services=a:0', 'a_uses=1', 'a_uses=2', 'a_color=red')).toMatchObject(refusedWith('caveat_unknown'))
    expect(read('services=a:0', 'a_color=red', 'services=a:1')).toMatchObject(refusedWith('caveat_unknown'))
    expect(read('services=a:0', 'services=a:1', 'services=x')).toMatchObject(refusedWith('caveat_malformed'))
    expect(read('services=a:0', 'a_uses=x', 'a_color=red', 'a_bytes=1', 'a_bytes=2')).toMatchObject(
      refusedWith('caveat_malformed'),
    )
    expect(read('services=a:0', 'a_color=red', 'a_bytes=1', 'a_bytes=2')).toMatchObject(refusedWith('caveat_unknown'))
    expect(read('a_uses=x', 'note=1')).toMatchObject(refusedWith('services_missing'))
    expect(read('Services=a:0')).toMatchObject(refusedWith('services_missing'))
  })
  it.each(['services', 'preimage', 'expiration', 'a_uses', 'a_variant', 'a_path', 'a_capabilities'])(
    '%s without a value is malformed',
    (condition) => {
      expect(read('services=a:0', condition)).toMatchObject(refusedWith('caveat_malformed'))
    },
  )
  it('services are read before everything else, wherever they stand', () => {
    expect(read('a_uses=x', 'services=a:0')).toMatchObject(refusedWith('caveat_malformed'))
    expect(read('b_uses=x', 'services=a:0').kind).toBe('verified')
  })
  it('conditions of a service that was dropped later are still ours', () => {
    expect(read('services=a:0,b:0', 'services=a:0', 'b_color=red')).toMatchObject(refusedWith('caveat_unknown'))
    const dropped = read('services=a:0,b:0', 'b_uses=1', 'services=a:0', 'a_uses=2')
    expect(dropped).toMatchObject({ kind: 'verified', token: { services: [{ name: 'a', tier: 0 }] } })
  })
  it('after a widening the narrower value stays the measure', () => {
    expect(read('services=a:0,b:0', 'services=a:0', 'services=b:0', 'services=a:0')).toMatchObject(
      refusedWith('caveat_widens'),
    )
    expect(read('services=a:1,b:1', 'services=a:0', 'services=a:1')).toMatchObject(refusedWith('caveat_widens'))
  })
  it.each(['services', 'preimage', 'expiration', 'a_uses'])(
    '%s is ours under every disguise, and then malformed',
    (name) => {
      const disguise = fc.constantFrom(' ', '\u0000', '\n', '.', ':', '\u00ff', '+', '/')
      fc.assert(
        fc.property(fc.nat(name.length), disguise, fc.nat(name.length - 1), (at, foreign, upper) => {
          const padded = name.slice(0, at) + foreign + name.slice(at)
          const raised = name.slice(0, upper) + name.charAt(upper).toUpperCase() + name.slice(upper + 1)
          for (const shown of [padded, raised]) {
            if (shown === name) continue
            expect(foldCondition(shown)).toBe(name)
            expect(read('services=a:0', `${shown}=1`)).toMatchObject(refusedWith('caveat_malformed'))
          }
        }),
      )
    },
  )
  it('the id of a third-party caveat is no condition, whatever it looks like', () => {
    for (const id of ['a_uses=x', 'a_color=red', 'services=a:0,b:0', 'Services=x', 'expiration=1']) {
      const { primary, discharge } = demanding(id)
      expect(verify([primary, discharge])).toMatchObject({
        kind: 'verified',
        token: { services: [{ name: 'a' }], expirationMs: null },
      })
    }
  })
  it('a foreign condition is skipped, whatever its bytes', () => {
    const foreign = fc.uint8Array({ minLength: 1, maxLength: 40 }).filter((bytes) => {
      const folded = foldCondition(parseCaveat(bytes).condition)
      return !['services', 'preimage', 'expiration'].includes(folded) && !folded.startsWith('a_')
    })
    fc.assert(
      fc.property(foreign, (bytes) => {
        expect(read('services=a:0', bytes).kind).toBe('verified')
      }),
    )
  })
  it('a service begins with a letter or digit, has forty characters, and no condition of a longer name', () => {
    const long = `a${'-'.repeat(39)}`
    expect(read(`services=${long}:0`, `${long}_uses=1`).kind).toBe('verified')
    expect(read(`services=${long}-:0`)).toMatchObject(refusedWith('caveat_malformed'))
    expect(read('services=9:0').kind).toBe('verified')
    expect(read('services=a:0', '_uses=1').kind).toBe('verified')
    expect(read('services=a:0', 'b_a_uses=1').kind).toBe('verified')
    expect(read('services=a:255').kind).toBe('verified')
    expect(read('services=xa:0x')).toMatchObject(refusedWith('caveat_malformed'))
  })
  it('a discharge states nothing foreign and nothing counted', () => {
    const on = (...caveats: string[]) => {
      const demand = {
        caveatRootKey: new Uint8Array(32).fill(8),
        nonce: new Uint8Array(24),
        caveatId: encodeUtf8('x'),
        location: 'm',
      }
      const primary = appendThirdPartyCaveat(ctx.hmac, signed('services=a:0,b:0', 'a_method=GET'), demand)
      const discharge = mintDischarge(ctx.hmac, { ...demand, caveats: caveats.map(encodeUtf8) })
      return verify([primary, bindDischarge(ctx.hmac, primary, discharge)])
    }
    expect(on('a_method=GET', 'services=a:0', 'expiration=1', `preimage=${encodeHex(preimage)}`).kind).toBe('verified')
    expect(on('note=x')).toMatchObject(refusedWith('caveat_unknown'))
    expect(on('c_uses=1')).toMatchObject(refusedWith('caveat_unknown'))
    expect(on('a_uses=1')).toMatchObject(refusedWith('caveat_unknown'))
    expect(on('a_method=POST')).toMatchObject(refusedWith('caveat_widens'))
    expect(on('services=a:1')).toMatchObject(refusedWith('caveat_widens'))
    expect(on('services=a')).toMatchObject(refusedWith('caveat_malformed'))
    expect(on(`preimage=${encodeHex(other)}`)).toMatchObject(refusedWith('preimage'))
  })
})
