import { describe, expect, test } from 'vitest'
import { parseRateSources, type RateSource, readRates } from './source.ts'

const read = (text: string): readonly RateSource[] => {
  const sources = parseRateSources(text)
  if (typeof sources === 'string') throw new TypeError(sources)
  return sources
}
const one = (path: string) => read(`recorded=file:///rates.json#${path}`).slice(0, 1)
const answer = (path: string, body: unknown) => {
  const [source] = one(path)
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return source ? readRates(source, bytes) : null
}
const rates = (path: string, body: unknown) => Object.fromEntries(answer(path, body)?.rates ?? [])

describe('sources', () => {
  test('are read from one line', () => {
    expect(read('a=https://a.test/x?q=BTC#*,b=https://b.test/#data.rates.*,c=http://c.test/#*.last@meta.time')).toEqual(
      [
        { name: 'a', url: 'https://a.test/x?q=BTC', path: ['*'], asOf: null },
        { name: 'b', url: 'https://b.test/', path: ['data', 'rates', '*'], asOf: null },
        { name: 'c', url: 'http://c.test/', path: ['*', 'last'], asOf: ['meta', 'time'] },
      ],
    )
    expect(read('recorded=file:///rates.json#rates.*')).toHaveLength(1)
  })

  test.each([
    ['a=https://a.test/#*', 'three or more'],
    ['a=https://a.test/#*,b=https://b.test/#*', 'three or more'],
    ['a=https://a.test/#*,a=https://b.test/#*,c=https://c.test/#*', 'a name of its own'],
    ['a=https://a.test/#rates', 'a * for the currency'],
    ['a=https://a.test/#*.*', 'a * for the currency'],
    ['a=ftp://a.test/#*', 'a * for the currency'],
    ['https://a.test/#*', 'a * for the currency'],
  ])('are refused as %s', (text, sentence) => expect(parseRateSources(text)).toContain(sentence))
})

describe('an answer', () => {
  test('gives the rates of currencies, as numbers or text, and says of when it is', () => {
    expect(rates('*', { EUR: 80000.5, USD: '90000', time: 1_700_000_000, ETH: 20 })).toEqual({
      ...{ EUR: 80_000_500_000n, USD: 90_000_000_000n },
    })
    expect(rates('rates.*.value', { rates: { eur: { value: 1 }, usd: { unit: '$' } } })).toEqual({ EUR: 1_000_000n })
    expect(answer('*@time', { EUR: 1, time: 1_700_000_000 })?.asOf).toEqual(new Date(1_700_000_000_000))
    expect(answer('rates.*@at', { rates: { EUR: 1 }, at: '2026-11-29T00:00:00Z' })?.asOf).toEqual(
      new Date('2026-11-29'),
    )
  })

  test.each([
    '',
    'null',
    '[]',
    '{}',
    '"EUR"',
    '{"EUR":-1}',
    '{"EUR":0}',
    '{"EUR":1e300}',
    '{"EUR":null}',
    '<html>',
    '{"EUR":{"a":1}}',
  ])('without rates is none: %s', (body) => expect(answer('*', body)).toBeNull())

  test('without the place where they should stand is none', () => {
    expect(answer('data.*', { EUR: 1 })).toBeNull()
    expect(answer('__proto__.*', { EUR: 1 })).toBeNull()
  })
})
