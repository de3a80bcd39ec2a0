/** What becomes of an aperture.yaml, line by line. */
import { describe, expect, test } from 'vitest'
import { readApertureFile } from './aperture-file.ts'
import { planImport } from './plan-import.ts'

const SAMPLE = `listenaddr: "localhost:8081"
authenticator:
  lndhost: "localhost:10009"
services:
  - name: "Loop Server"
    hostregexp: '^loop.example$'
    pathregexp: '^/.*$'
    address: "loop.example.com:443"
    protocol: https
    rewrite:
      prefix: /v1
    tlscertpath: "tls.cert"
    headers:
      Authorization: "Bearer key"
      X-File: "!file+hex:secret.bin"
    capabilities: "add,subtract"
    constraints:
      valid_until: 1682483169
    timeout: 31557600
    price: 50
    auth: "freebie 3"
    authwhitelistpaths:
      - '^/free/.*$'
      - '^/v[12]/.*$'
    ratelimits:
      - requests: 5
        per: 1m
        burst: 9
  - name: quotes
    address: "quotes.example.com:8443"
    protocol: http
    pathregexp: '^/(terms|quote)/.*$'
    dynamicprice:
      enabled: true
      grpcaddress: "prices.example.com:10009"
      insecure: true
  - name: open
    address: open.example.com:80
    protocol: http
    auth: off
  - name: near
    address: 127.0.0.1:9000
    protocol: http
    capabilities: read
    price: 2
`

function planOf(source: string) {
  const file = readApertureFile(source)
  return file.kind === 'refused' ? { apis: [], notes: [], ...file } : planImport(file)
}

describe('a file of Aperture', () => {
  const { apis, notes, faults } = planOf(SAMPLE)

  test('becomes an API for each service, with its free paths before what is sold', () => {
    expect(faults).toEqual([])
    expect(apis.map(({ slug, url, headers }) => [slug, url, Object.keys(headers)])).toEqual([
      ['loop-server', 'https://loop.example.com:443/v1', ['authorization', 'x-file']],
      ['quotes', 'http://quotes.example.com:8443', []],
      ['open', 'http://open.example.com:80', []],
      ['near', 'http://127.0.0.1:9000', []],
    ])
    const [loop, quotes, open, near] = apis
    expect(near?.rules).toMatchObject([{ path: '/**', capability: 'read', offer: { price: '2', lastsSeconds: null } }])
    expect(loop?.rules.map(({ path, offer }) => [path, offer])).toEqual([
      ['/free/**', null],
      ['/**', { price: '50', lastsSeconds: 31_557_600, uses: null, rate: '5/60' }],
    ])
    expect(quotes?.rules.map(({ name, path }) => [name, path])).toEqual([
      ['all-1', '/terms/**'],
      ['all-2', '/quote/**'],
    ])
    expect(quotes?.rules[0]?.offer).toMatchObject({
      price: '1',
      uses: 1_000_000,
      pricing: { endpoint: { url: 'http://prices.example.com:10009', form: 'grpc', per: 'request' } },
    })
    expect(open?.rules.map(({ path, offer }) => [path, offer])).toEqual([['/**', null]])
  })

  test('is told line by line what of it means nothing here, or something else', () => {
    expect(notes.map(({ line, field }) => `${line} ${field}`)).toEqual([
      '1 listenaddr',
      '2 authenticator',
      '6 services[0].hostregexp',
      '12 services[0].tlscertpath',
      '16 services[0].capabilities',
      '18 services[0].constraints.valid_until',
      '21 services[0].auth',
      '24 services[0].authwhitelistpaths[1]',
      '28 services[0].ratelimits[0].burst',
      '33 services[1].dynamicprice',
      '42 services[3].address',
    ])
    expect(notes.find(({ field }) => field.endsWith('auth'))?.sentence).toContain('3 free requests')
  })
})

const service = (more: string) => `services:\n  - name: a\n    address: a.example.com:80\n    protocol: http\n${more}`

test.each<[string, string, number, string]>([
  ['no YAML', 'services: [', 1, 'file'],
  ['a key twice', service('    price: 1\n    price: 2\n'), 6, 'file'],
  ['no services', 'listenaddr: x\n', 1, 'services'],
  ['a field that Aperture has not', service('    prize: 5\n'), 5, 'services[0].prize'],
  [
    'a slip in a nested field',
    service('    dynamicprice:\n      enbled: true\n'),
    6,
    'services[0].dynamicprice.enbled',
  ],
  ['a setting that Aperture has not', `${service('')}listenadr: x\n`, 5, 'listenadr'],
  ['a price in words', service('    price: five\n'), 5, 'services[0].price'],
  ['a price below zero', service('    price: -1\n'), 5, 'services[0].price'],
  ['more than can be paid', service('    price: 4000001\n'), 5, 'services[0].price'],
  ['half a second', service('    timeout: 0.5\n'), 5, 'services[0].timeout'],
  ['another protocol', service('').replace('http', 'ftp'), 4, 'services[0].protocol'],
  ['free requests without a number', service('    auth: freebie\n'), 5, 'services[0].auth'],
  ['free paths that are no list', service("    authwhitelistpaths: '^/a$'\n"), 5, 'services[0].authwhitelistpaths'],
  ['an expression that no rule means', service("    pathregexp: '^/v[12]/.*$'\n"), 5, 'services[0].pathregexp'],
  ['no address', service('').replace('a.example.com:80', '"a b"'), 3, 'services[0].address'],
  ['a field of ours', service('    headers:\n      X-L402-Token: x\n'), 6, 'services[0].headers.X-L402-Token'],
  [
    'a price server without an address',
    service('    dynamicprice:\n      enabled: true\n'),
    5,
    'services[0].dynamicprice.grpcaddress',
  ],
  ['two services of one name', `${service('')}${service('').slice(10)}`, 5, 'services[1].name'],
  ['an alias bomb', `x: &a [y, y]\nz: &b [*a, *a]\n${service('')}`, 1, 'x'],
])('%s is refused at its line and field', (_what, source, line, field) => {
  const { faults } = planOf(source)
  expect(faults.map((fault) => [fault.line, fault.field])).toContainEqual([line, field])
})
