import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAddress } from '#lib/l402/address.ts'
import { allowing } from '#tests/support/egress.ts'
import { readTarget } from './target.ts'

const NOTHING = allowing('')
const read = (text: string, allow = NOTHING) => readTarget(text, allow)

describe('a URL of a creator is taken', () => {
  it.each([
    ['https://api.example.com/v1?x=1', 'api.example.com', 443, 'https://api.example.com/v1?x=1'],
    ['HTTP://API.example.com.:8080/#part', 'api.example.com', 8080, 'http://api.example.com:8080/'],
    ['https://bücher.example/', 'xn--bcher-kva.example', 443, 'https://xn--bcher-kva.example/'],
    ['http://9.9.9.9/', '9.9.9.9', 80, 'http://9.9.9.9/'],
    ['http://151587081/', '9.9.9.9', 80, 'http://9.9.9.9/'],
    ['http://0x9.011.9.9/', '9.9.9.9', 80, 'http://9.9.9.9/'],
    ['http://[::ffff:9.9.9.9]/', '::ffff:909:909', 80, 'http://9.9.9.9/'],
    ['https://[2620:FE:0::fe]/', '2620:fe::fe', 443, 'https://[2620:fe::fe]/'],
  ])('%s', (text, host, port, href) => {
    const target = read(text)
    expect(target).toMatchObject({ kind: 'target', host, port })
    expect(target.kind === 'target' && target.url.href).toBe(href)
  })
})

describe('a URL of a creator is refused', () => {
  it.each([
    ['', 'unreadable'],
    ['api.example.com', 'unreadable'],
    ['//api.example.com/', 'unreadable'],
    ['https://', 'unreadable'],
    ['https://api.example.com/ x', 'unreadable'],
    [' https://api.example.com/', 'unreadable'],
    ['https://api.exa\tmple.com/', 'unreadable'],
    ['https://api.example.com/\r\nHost: x', 'unreadable'],
    ['https://api.example.com/\0', 'unreadable'],
    ['https:\\\\api.example.com/', 'unreadable'],
    ['https://api.example.com\\@127.0.0.1/', 'unreadable'],
    ['https://api..example.com/', 'unreadable'],
    ['https://api.example.com../', 'unreadable'],
    ['https://-api.example.com/', 'unreadable'],
    ['http://[fe80::1%25eth0]/', 'unreadable'],
    ['http://[::1', 'unreadable'],
    ['http://1.2.3.4.5/', 'unreadable'],
    ['http://256.256.256.256/', 'unreadable'],
    [`https://example.com/${'x'.repeat(2_100)}`, 'unreadable'],
    ['ftp://api.example.com/', 'scheme'],
    ['file:///etc/passwd', 'scheme'],
    ['gopher://127.0.0.1:6379/_x', 'scheme'],
    ['data:text/plain,x', 'scheme'],
    ['javascript:alert(1)', 'scheme'],
    ['https://user@api.example.com/', 'user_info'],
    ['https://:password@api.example.com/', 'user_info'],
    ['https://9.9.9.9:80@127.0.0.1/', 'user_info'],
    ['http://api.example.com:22/', 'port'],
    ['http://api.example.com:6379/', 'port'],
    ['http://api.example.com:25/', 'port'],
    ['https://api.example.com:0/', 'port'],
    ['http://127.0.0.1/', 'loopback'],
    ['http://127.1/', 'loopback'],
    ['http://0x7f.1/', 'loopback'],
    ['http://0177.0.0.1/', 'loopback'],
    ['http://2130706433/', 'loopback'],
    ['http://017700000001/', 'loopback'],
    ['http://0x7f000001/', 'loopback'],
    ['http://127.0.0.1./', 'loopback'],
    ['http://①②⑦.⓪.⓪.①/', 'loopback'],
    ['http://127。0。0。1/', 'loopback'],
    ['http://%31%32%37.0.0.1/', 'loopback'],
    ['http://[::1]/', 'loopback'],
    ['http://[0:0:0:0:0:0:0:1]/', 'loopback'],
    ['http://[::ffff:127.0.0.1]/', 'loopback'],
    ['http://[::ffff:7f00:1]/', 'loopback'],
    ['http://[64:ff9b::127.0.0.1]/', 'loopback'],
    ['http://[::127.0.0.1]/', 'reserved'],
    ['http://[2002:7f00:1::]/', 'tunnel'],
    ['http://0/', 'unspecified'],
    ['http://[::]/', 'unspecified'],
    ['http://169.254.169.254/latest/meta-data/', 'metadata'],
    ['http://0xa9fea9fe/', 'metadata'],
    ['http://[fd00:ec2::254]/', 'metadata'],
    ['http://10.0.0.1/', 'private'],
    ['http://[fd00::1]/', 'private'],
    ['http://[fe80::1]/', 'link-local'],
  ])('%j: %s', (text, reason) => {
    expect(read(text)).toMatchObject({ kind: 'refused', reason })
  })

  it('when its host is a closed address in whatever spelling the platform reads as one', () => {
    const part = fc.integer({ min: 0, max: 255 })
    const spell = (value: number, form: number) =>
      [String(value), `0x${value.toString(16)}`, `0${value.toString(8)}`, `0x0${value.toString(16)}`][form] ?? ''
    const forms = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(
        part,
        part,
        part,
        forms,
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        (b, c, d, form, parts, dot) => {
          const bytes = [127, b, c, d]
          const head = bytes.slice(0, parts - 1)
          const last = bytes.slice(parts - 1).reduce((sum, byte) => sum * 256 + byte, 0)
          const host = [...head, last].map((value, i) => spell(value, form[i] ?? 0)).join('.')
          expect(read(`http://${host}${dot ? '.' : ''}/`)).toMatchObject({ kind: 'refused', reason: 'loopback' })
        },
      ),
      { numRuns: 2_000 },
    )
  })
})

describe('what the operator allows', () => {
  it('is taken in every spelling, and connected to as it was judged', () => {
    for (const host of ['127.0.0.1', '0x7f.1', '[::ffff:127.0.0.1]', '2130706433']) {
      const target = read(`http://${host}:18405/`, allowing('127.0.0.1:18405'))
      expect(target.kind === 'target' && target.url.host).toBe('127.0.0.1:18405')
    }
  })

  it('opens no other port, no other address and no metadata service', () => {
    const allow = allowing('127.0.0.1:18405,169.254.0.0/16,0.0.0.0/0')
    expect(read('http://10.0.0.1:18405/', allowing('127.0.0.1:18405'))).toMatchObject({ reason: 'private' })
    expect(read('http://127.0.0.1:18406/', allow)).toMatchObject({ reason: 'port' })
    expect(read('http://169.254.169.254/', allow)).toMatchObject({ reason: 'metadata' })
  })

  it('at an unlisted port is no permission for public addresses at that port', () => {
    expect(read('http://9.9.9.9:18405/', allowing('127.0.0.1:18405'))).toMatchObject({ reason: 'port' })
  })
})

it('an address that is written again from its bytes is read as the same address', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const text = formatAddress([...bytes])
      expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`)
    }),
  )
})
