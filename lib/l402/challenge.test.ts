import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOSTILE_VALUES } from '#tests/support/hostile-headers.ts'
import { ctx } from '#tests/support/l402.ts'
import { parseChallenges } from './auth-params.ts'
import { encodeBase64 } from './bytes.ts'
import { formatChallenge, formatGrpcChallenges, readChallenges } from './challenge.ts'
import { encodeMacaroon, mintMacaroon } from './macaroon.ts'

const macaroon = encodeMacaroon(
  mintMacaroon(ctx.hmac, { rootKey: new Uint8Array(32), identifier: new Uint8Array(66), caveats: [] }),
)
const M = encodeBase64(macaroon)
const invoice = 'lnbcrt210n1qqqq'
const fault = (name: string) => ({ kind: 'fault', fault: name })
const challenge = (scheme: 'L402' | 'LSAT' = 'L402', read = invoice) => ({
  kind: 'challenge',
  scheme,
  macaroon,
  invoice: read,
})

describe('writing', () => {
  it('what we write is read as it was meant, alone and joined by a proxy', () => {
    const text = fc.string({
      unit: fc.constantFrom(...'0123456789acdefghjklmnpqrstuvwxyz'),
      minLength: 1,
      maxLength: 60,
    })
    fc.assert(
      fc.property(text, fc.constantFrom('lnbc', 'lntb', 'lntbs', 'lnbcrt', 'lnsb'), (rest, network) => {
        const offered = { macaroon, invoice: network + rest }
        expect(readChallenges([formatChallenge(offered)])).toEqual(challenge('L402', offered.invoice))
        const [lsat, l402] = formatGrpcChallenges(offered)
        expect(readChallenges([lsat, l402])).toEqual(challenge('LSAT', offered.invoice))
        expect(readChallenges([`Bearer realm="x", ${l402}, ${lsat}`])).toEqual(challenge('L402', offered.invoice))
      }),
    )
  })
})

describe('reading', () => {
  it.each([
    ['an unquoted value', `L402 macaroon=${M}, invoice=${invoice}`, challenge()],
    ['parameters before any scheme', `macaroon="x", L402 macaroon="${M}", invoice="${invoice}"`, challenge()],
    ['stray quotes before the scheme', `"" L402 macaroon="${M}", invoice="${invoice}"`, challenge()],
    ['a stray equals sign', `= L402 macaroon="${M}", invoice="${invoice}"`, challenge()],
    ['escapes undone', `L402 macaroon="${M}", invoice="ln\\bcrt210n1qqqq"`, challenge()],
    ['hex', `L402 macaroon="${Buffer.from(macaroon).toString('hex')}", invoice="${invoice}"`, challenge()],
    ['version 0 unquoted', `L402 macaroon="${M}", invoice="${invoice}", version=0`, challenge()],
    ['empty version', `L402 macaroon="${M}", invoice="${invoice}", version=""`, fault('version-unknown')],
    ['a mixed-case invoice', `L402 macaroon="${M}", invoice="lnBCrt210n1qqqq"`, fault('invoice-malformed')],
    ['an invoice of nothing but its beginning', `L402 macaroon="${M}", invoice="lnbc"`, fault('invoice-malformed')],
    ['another currency', `L402 macaroon="${M}", invoice="lnxy210n1qqqq"`, fault('invoice-malformed')],
    ['text before the invoice', `L402 macaroon="${M}", invoice="xlnbc1qqq"`, fault('invoice-malformed')],
    ['text behind the invoice', `L402 macaroon="${M}", invoice="lnbc1qqq!"`, fault('invoice-malformed')],
    ['an empty macaroon', `L402 macaroon="", invoice="${invoice}"`, fault('macaroon-malformed')],
    ['base64 that is no macaroon', `L402 macaroon="AAAA", invoice="${invoice}"`, fault('macaroon-malformed')],
    [
      'an unterminated quote in another parameter',
      `L402 macaroon="${M}", invoice="${invoice}", x="`,
      fault('unterminated-quote'),
    ],
    [
      'an unterminated quote of another scheme',
      `L402 macaroon="${M}", invoice="${invoice}", Basic realm="`,
      challenge(),
    ],
    ['a quote that ends in a backslash', `L402 macaroon="${M}", invoice="${invoice}\\`, fault('unterminated-quote')],
    ['a scheme that begins like ours', `L4022 macaroon="${M}", invoice="${invoice}"`, fault('no-l402-challenge')],
  ])('%s', (_, value, expected) => {
    expect(readChallenges([value])).toEqual(expected)
  })
  it('the fault of the first challenge is told when none is usable', () => {
    expect(readChallenges(['LSAT invoice="x"', `L402 macaroon="${M}"`])).toEqual(fault('macaroon-missing'))
    expect(readChallenges([`L402 macaroon="${M}"`, 'LSAT invoice="x"'])).toEqual(fault('invoice-missing'))
  })
})

describe('splitting', () => {
  it('keeps the schemes as written and the first of repeated names', () => {
    const [one, two, ...more] = parseChallenges(`Basic Realm='a "b" c' , charset=UTF-8,,LSAT a=1 A=2 b="x\\"y"`)
    expect(one).toEqual({
      scheme: 'Basic',
      parameters: new Map([
        ['realm', 'a "b" c'],
        ['charset', 'UTF-8'],
      ]),
      unterminated: false,
    })
    expect(two).toEqual({
      scheme: 'LSAT',
      parameters: new Map([
        ['a', '1'],
        ['b', 'x"y'],
      ]),
      unterminated: false,
    })
    expect(more).toEqual([])
  })
  it('takes blanks around the equals sign, and words in a row as schemes', () => {
    expect(parseChallenges('Negotiate\tL402 a\t=\t"1"')).toEqual([
      { scheme: 'Negotiate', parameters: new Map(), unterminated: false },
      { scheme: 'L402', parameters: new Map([['a', '1']]), unterminated: false },
    ])
  })
  it('reads 256 schemes and parameters of one value, no more', () => {
    const many = (count: number): string => Array.from({ length: count }, (_, i) => `S${i} a="${i}"`).join(', ')
    expect(parseChallenges(many(128))).toHaveLength(128)
    expect(parseChallenges(many(128)).at(-1)?.parameters).toEqual(new Map([['a', '127']]))
    expect(parseChallenges(many(200))).toHaveLength(128)
  })
  it('an unquoted value ends at a quote, which alone means nothing', () => {
    expect(parseChallenges('X a=b"c", d=e')).toEqual([
      { scheme: 'X', parameters: new Map([['a', 'b']]), unterminated: false },
      { scheme: 'c', parameters: new Map([['d', 'e']]), unterminated: false },
    ])
  })
  it.each(Object.entries(HOSTILE_VALUES))('never throws on %s', (_, value) => {
    expect(parseChallenges(value).length).toBeLessThanOrEqual(256)
    expect(readChallenges([value]).kind).toBe('fault')
  })
  it('never throws on anything', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('"', "'", '\\', '=', ',', ' ', 'L402', 'a', '\t', 'macaroon', '\u00e9'),
          maxLength: 30,
        }),
        (value) => {
          expect(['challenge', 'fault']).toContain(readChallenges([value]).kind)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
