/** Fields on their way through: what may pass, what is ours, and addresses of the upstream as addresses of ours. */
import { describe, expect, test } from 'vitest'
import { sha256 } from '#lib/crypto.ts'
import { createHmac } from '#lib/l402/bytes.ts'
import {
  announcedTrailers,
  answerFields,
  hasBody,
  statedLength,
  trailerFields,
  upstreamFields,
  upstreamQuery,
} from './proxy-fields.ts'
import type { ProxyHttpTarget } from './target.ts'

const upstream: ProxyHttpTarget['upstream'] = {
  url: new URL('https://api.example.com:8443/v1'),
  timeoutMs: 1_000,
  headers: [['x-key', 'secret']],
  signingKey: new Uint8Array(32).fill(1),
}
const target: ProxyHttpTarget = { kind: 'proxy-http', upstream, path: '/v1/a', place: '/scores', isReading: true }
const signing = { sha256, hmac: createHmac(sha256), now: new Date('2026-01-01T00:00:00Z') }

function sent(rawHeaders: readonly string[]): Record<string, string> {
  const request = { method: 'GET', rawHeaders, host: 'harbor.example', address: '203.0.113.7', secure: true }
  const flat = upstreamFields(request, { upstream, pathAndQuery: '/v1/a', grant: null }, signing)
  return Object.fromEntries(flat.flatMap((name, n) => (n % 2 === 0 ? [[name, flat[n + 1] ?? '']] : [])))
}

const answer = (raw: readonly string[], isPaid = true) => answerFields(raw, { target, grant: null, isPaid })
const valuesOf = (fields: readonly (readonly [string, string])[], wanted: string) =>
  fields.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value)

describe('a request', () => {
  test('carries what its client said, what its seller set, and what we say', () => {
    expect(sent(['Accept', 'text/plain', 'X-Key', 'guessed', 'Host', 'x', 'COOKIE', 'a=1'])).toEqual({
      Accept: 'text/plain',
      'x-key': 'secret',
      Via: '1.1 satstile',
      'X-Forwarded-For': '203.0.113.7',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'harbor.example',
      'X-L402-Signature': expect.stringMatching(/^t=1767225600,v1=[0-9a-f]{64}$/),
    })
  })

  test('loses what its connection names, and never what we add', () => {
    const names = Object.keys(sent(['Connection', 'close, X-A ,x-l402-signature, via', 'X-A', '1', 'X-B', '2']))
    expect(names).toEqual(expect.arrayContaining(['X-B', 'X-L402-Signature', 'Via', 'x-key']))
    expect(names).not.toContain('X-A')
    expect(names).not.toContain('Connection')
  })

  test.each([
    ['a=1&l402_offer=x&b=%202', 'a=1&b=%202'],
    ['l402_coupon=x', ''],
    ['%6C402_offer=x&a', 'a'],
    ['a=l402_offer', 'a=l402_offer'],
    ['', ''],
    ['a=%zz&&b', 'a=%zz&&b'],
  ])('with the query %j asks for %j', (query, expected) => {
    expect(upstreamQuery(query)).toBe(expected)
  })

  test.each([
    [['Content-Length', '5'], true],
    [['content-length', '0'], false],
    [['Transfer-Encoding', 'chunked'], true],
    [[], false],
  ])('with %j has a body: %s', (rawHeaders, expected) => {
    const headers = rawHeaders.length === 0 ? [] : [[rawHeaders[0] ?? '', rawHeaders[1] ?? ''] as const]
    expect(hasBody({ rawHeaders, headers })).toBe(expected)
  })
})

describe('an answer', () => {
  test.each([
    ['/v1/a?b#c', '/scores/a?b#c'],
    ['/v1', '/scores'],
    ['https://api.example.com:8443/v1/a', '/scores/a'],
    ['https://api.example.com/v1/a', 'https://api.example.com/v1/a'],
    ['/v10', '/v10'],
    ['/other', '/other'],
    ['next', 'next'],
    ['//elsewhere.example/v1', '//elsewhere.example/v1'],
    ['https://elsewhere.example/v1/a', 'https://elsewhere.example/v1/a'],
    ['javascript:alert(1)', 'javascript:alert(1)'],
  ])('that leads to %s leads to %s', (location, expected) => {
    expect(valuesOf(answer(['Location', location]), 'location')).toEqual([expected])
  })

  test('that is paid is for its buyer; one that is free may be kept as its server says', () => {
    const raw = ['Cache-Control', 'public, max-age=60', 'Expires', 'never', 'Age', '5', 'ETag', '"a"']
    expect(valuesOf(answer(raw), 'cache-control')).toEqual(['private, no-store'])
    expect(valuesOf(answer(raw), 'expires')).toEqual([])
    expect(valuesOf(answer(raw), 'etag')).toEqual(['"a"'])
    expect(valuesOf(answer(raw, false), 'cache-control')).toEqual(['public, max-age=60'])
  })

  test('merges the lists that browsers read, each name once', () => {
    const fields = answer([
      'Access-Control-Expose-Headers',
      'X-A, LINK',
      'access-control-expose-headers',
      'x-a,X-B',
      'Vary',
      '*',
    ])
    const [exposed = '', ...more] = valuesOf(fields, 'access-control-expose-headers')
    expect(more).toEqual([])
    expect(exposed.endsWith(', X-A, X-B')).toBe(true)
    expect(valuesOf(fields, 'vary')).toEqual(['Accept, Authorization, Cookie, *'])
  })

  test('has no field whose value could end its line, and none that its connection names', () => {
    const fields = answer(['X-A', 'a\u0000b', 'X-B', 'a\rb', 'X-C', 'caf\u00e9', 'Connection', 'X-D', 'X-D', '1'])
    expect(['x-a', 'x-b', 'x-c', 'x-d'].map((name) => valuesOf(fields, name))).toEqual([[], [], ['caf\u00e9'], []])
  })

  test('is followed by the trailers that it announced, if these may', () => {
    const announced = announcedTrailers([
      'Trailer',
      'X-Sum, Set-Cookie, Content-Length, bad name, L402-Covers',
      'Trailer',
      'ETag',
    ])
    expect(announced).toEqual(['X-Sum', 'ETag'])
    expect(trailerFields(announced, { 'x-sum': ['1', '2'], 'x-more': '3' })).toEqual([['X-Sum', '1, 2']])
  })

  test('states its length once or not at all', () => {
    expect([statedLength(['content-LENGTH', '12']), statedLength(['X', '1'])]).toEqual([12, null])
  })
})
