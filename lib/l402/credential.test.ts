import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOSTILE_FIELDS, HOSTILE_VALUES } from '#tests/support/hostile-headers.ts'
import { encodeBase64, encodeBase64Url, encodeHex } from './bytes.ts'
import { type CredentialReading, readCredentials } from './credential.ts'
import { decodeMacaroonText, formatCookieValue, formatCredential } from './credential-text.ts'

const P = '11'.repeat(32)
const OTHER = '22'.repeat(32)
const get = { secureCookies: true, method: 'GET' }
const read = (...headers: [string, string][]): CredentialReading => readCredentials(headers, get)
const auth = (value: string): CredentialReading => read(['Authorization', value])

/** `via macaroon,macaroon:preimage` per candidate, `via !` per refusal; bytes as base64 and hex. */
function shown(reading: CredentialReading): string[] {
  return reading.map((one) =>
    one.kind === 'refused'
      ? `${one.via} !${one.refusal.detail}`
      : `${one.via} ${one.macaroons.map(encodeBase64).join()}:${one.preimage === null ? '' : encodeHex(one.preimage)}`,
  )
}

const both = (list: string): string[] => list.split('|').map((one) => `authorization ${one}`)

describe('authorization', () => {
  it.each([
    [
      'a macaroon list ends at its colon; the next text begins a credential of the same scheme',
      `L402 AAAA:${P}, BBBB:${P}`,
      `AAAA:${P}|BBBB:${P}`,
    ],
    ['a list goes on over commas', `L402 AAAA, BBBB , CCCC:${P}`, `AAAA,BBBB,CCCC:${P}`],
    ['a new scheme ends a list', `L402 AAAA, LSAT BBBB:${P}`, `AAAA:|BBBB:${P}`],
    [
      'another scheme ends a list and drops what follows',
      `L402 AAAA, Bearer x, BBBB:${P}, L402 CCCC:${P}`,
      `AAAA:|CCCC:${P}`,
    ],
    ['four scheme words are read', `L402 LSAT l402 lsat AAAA:${P}`, `AAAA:${P}`],
    ['a scheme stands alone', 'L402', '!text'],
    ['a scheme stands alone before another credential', `L402, L402 AAAA:${P}`, `!text|AAAA:${P}`],
    ['a fifth scheme word is no macaroon', `L402 LSAT l402 lsat L402 AAAA:${P}`, '!text'],
    ['white space inside', `L402 AA AA:${P}`, '!text'],
    ['a blank after the colon', `L402 AAAA: ${P}`, '!text'],
    ['a blank before the colon', `L402 AAAA :${P}`, '!text'],
    ['an empty macaroon in a list is skipped', `L402 AAAA,,BBBB:${P}`, `AAAA,BBBB:${P}`],
    ['five macaroons', `L402 AAAA,BBBB,CCCC,DDDD,EEEE:${P}`, `AAAA,BBBB,CCCC,DDDD,EEEE:${P}`],
    ['six macaroons', `L402 AAAA,BBBB,CCCC,DDDD,EEEE,FFFF:${P}`, '!text'],
    ['a preimage beginning with text', `L402 AAAA:x${P}`, '!text'],
  ])('%s', (_, value, expected) => {
    expect(shown(auth(value))).toEqual(both(expected))
  })
  it.each([
    ['nothing', ''],
    ['blanks', '  '],
    ['commas', ',,,'],
    ['another scheme', 'Bearer AAAA'],
    ['a scheme that begins like ours', 'L4022 AAAA'],
    ['ours glued to something', `xL402 AAAA:${P}`],
    ['a bare macaroon', 'AAAA'],
    ['a bare list', `AAAA,BBBB:${P}`],
    ['a bare credential with a short preimage', `AAAA:${P.slice(1)}`],
    ['a bare credential with a long preimage', `AAAA:${P}1`],
    ['a bare credential with a blank', `AA AA:${P}`],
    ['a bare credential in company', `AAAA:${P}, x`],
    ['a bare preimage', `:${P}`],
    ['too much padding', `AAAA===:${P}`],
  ])('%s is no credential of ours', (_, value) => {
    expect(auth(value)).toEqual([])
  })
  it('a bare credential counts when it is the whole value', () => {
    expect(shown(auth(` AAAA:${P} `))).toEqual([`authorization AAAA:${P}`])
    expect(shown(auth(`AA==:${P.toUpperCase()}`))).toEqual([`authorization AA==:${P}`])
  })
  it('has 12,288 characters at most, list and preimage together', () => {
    const fitting = 'A'.repeat(12_288 - 65)
    const whole = [expect.objectContaining({ kind: 'candidate' })]
    const none = [expect.objectContaining({ kind: 'refused' })]
    expect(auth(`L402 ${fitting}:${P}`)).toEqual(whole)
    expect(auth(`L402 ${fitting}A:${P}`)).toEqual(none)
    expect(auth(`L402 AAAA, ${fitting.slice(5)}:${P}`)).toEqual(whole)
    expect(auth(`L402 AAAA, ${fitting.slice(4)}:${P}`)).toEqual(none)
    for (const field of ['macaroon', 'x-payment']) {
      expect(read([field, `${fitting}:${P}`])).toEqual(whole)
      expect(read([field, `${fitting}A:${P}`])).toEqual(none)
    }
    expect(read(['cookie', `__Host-l402=${fitting}.${P}`])).toEqual(whole)
    expect(read(['cookie', `__Host-l402=${fitting}A.${P}`])).toEqual(none)
  })
  it('lines do not run into one another', () => {
    expect(shown(read(['authorization', 'L402 AAAA'], ['AUTHORIZATION', `L402 BBBB:${P}`]))).toEqual([
      'authorization AAAA:',
      `authorization BBBB:${P}`,
    ])
    expect(shown(read(['authorization', 'L402 AAAA'], ['authorization', `BBBB:${P}`]))).toEqual([
      'authorization AAAA:',
      `authorization BBBB:${P}`,
    ])
  })
})

describe('repeats and limits', () => {
  it('the same bytes count once, in any field and any spelling', () => {
    expect(shown(read(['authorization', `L402 +/+/:${P}, LSAT -_-_:${P}`], ['token', `+/+/:${P}`]))).toEqual([
      `authorization +/+/:${P}`,
    ])
    expect(shown(auth(`L402 AAAA:${P}, L402 AAAA:${OTHER}, L402 AAAA`))).toEqual(both(`AAAA:${P}|AAAA:${OTHER}|AAAA:`))
    expect(shown(auth(`L402 AAAA, L402 AAAA:${P}`))).toEqual(both(`AAAA:|AAAA:${P}`))
    expect(shown(auth('L402 AAAA, LSAT AAAA:'))).toEqual(both('AAAA:'))
  })
  it('the same list cut at other commas is the same credential', () => {
    expect(shown(auth(`L402 AAAA,BBBB:${P}, L402 AAAABBBB:${P}`))).toEqual(both(`AAAA,BBBB:${P}`))
  })
  it('four distinct credentials are tried, five none', () => {
    const four = `L402 AAAA:${P}, L402 BBBB:${P}, L402 CCCC:${P}, L402 DDDD:${P}`
    expect(auth(four)).toHaveLength(4)
    expect(shown(auth(`${four}, L402 AAAA:${P}`))).toHaveLength(4)
    expect(shown(auth(`${four}, L402 EEEE:${P}`))).toEqual(['authorization !text'])
    expect(shown(read(['authorization', four], ['token', 'EEEE']))).toEqual(['token !text'])
    expect(shown(read(['authorization', four], ['token', 'EEEE'], ['x-payment', `FFFF:${P}`]))).toEqual(['token !text'])
  })
  it('a value of more than 128 parts is not read, one of 128 is', () => {
    const repeated = (times: number): string => new Array(times).fill(`L402 AAAA:${P}`).join()
    expect(shown(auth(repeated(128)))).toEqual([`authorization AAAA:${P}`])
    expect(shown(auth(repeated(129)))).toEqual(['authorization !text'])
    expect(shown(auth(`L402 BBBB:${P}, Digest ${'a=b,'.repeat(126)}`))).toEqual([`authorization BBBB:${P}`])
    expect(shown(auth(`L402 BBBB:${P}, Digest ${'a=b,'.repeat(128)}`))).toEqual(['authorization !text'])
    expect(shown(read(['authorization', repeated(129)], ['cookie', `__Host-l402=AAAA.${P}`]))).toEqual([
      `cookie AAAA:${P}`,
      'authorization !text',
    ])
  })
  it('an unreadable credential is one of the four, its repeats are not', () => {
    expect(shown(auth(`L402 !, L402 !, L402 AAAA:${P}`))).toEqual(both(`!text|AAAA:${P}`))
    expect(shown(auth(`L402 !, L402 AAAA, L402 BBBB, L402 CCCC, L402 DDDD`))).toEqual(['authorization !text'])
    expect(shown(read(['authorization', 'L402 !'], ['token', '!']))).toEqual(['authorization !text', 'token !text'])
  })
  it('cookies do not count among the four', () => {
    const four = `L402 AAAA:${P}, L402 BBBB:${P}, L402 CCCC:${P}, L402 DDDD:${P}`
    const reading = read(['cookie', `__Host-l402=EEEE.${P}`], ['authorization', four])
    expect(shown(reading)).toEqual([`cookie EEEE:${P}`, ...both(`AAAA:${P}|BBBB:${P}|CCCC:${P}|DDDD:${P}`)])
    expect(shown(read(['cookie', `__Host-l402=EEEE.${P}`], ['authorization', `${four}, L402 FFFF:${P}`]))).toEqual([
      `cookie EEEE:${P}`,
      'authorization !text',
    ])
  })
})

describe('order', () => {
  it('is cookies, authorization, macaroon fields as listed, then X-Payment, whatever the wire says', () => {
    const reading = read(
      ['X-Payment', `GGGG:${P}`],
      ['Token', 'DDDD'],
      ['Grpc-Metadata-Macaroon', 'CCCC'],
      ['Cookie', `__Host-l402-2=AAAA.${P}; __Host-l402=BBBB.${P}`],
    )
    expect(shown(reading)).toEqual([
      `cookie BBBB:${P}`,
      `cookie AAAA:${P}`,
      'grpc-metadata-macaroon CCCC:',
      'token DDDD:',
      `x-payment GGGG:${P}`,
    ])
    const fields = read(['grpc-metadata-token', 'BBBB'], ['macaroon', 'AAAA'])
    expect(shown(fields)).toEqual(['macaroon AAAA:', 'grpc-metadata-token BBBB:'])
  })
})

describe('macaroon fields', () => {
  it.each([
    ['AAAA', 'AAAA:'],
    [' AAAA ', 'AAAA:'],
    [`AAAA:${P}`, `AAAA:${P}`],
    [`AAAA, BBBB:${P}`, `AAAA,BBBB:${P}`],
    ['AAAA:', 'AAAA:'],
    ['020a0B', 'AgoL:'],
    ['AAAA,BBBB,CCCC,DDDD,EEEE,FFFF', '!text'],
    ['AAAA,', '!text'],
    ['!', '!text'],
    [`AAAA:${P}x`, '!text'],
    [`:${P}`, '!text'],
    [`${'A'.repeat(12_292)}`, '!text'],
  ])('%j', (value, expected) => {
    expect(shown(read(['macaroon', value]))).toEqual([`macaroon ${expected}`])
  })
  it('an empty field is none, nor is a field of another name', () => {
    expect(read(['macaroon', ' '])).toEqual([])
    expect(read(['x-macaroon', 'AAAA'], ['payment-signature', `AAAA:${P}`], ['constructor', 'AAAA'])).toEqual([])
  })
})

describe('X-Payment', () => {
  it('counts only as a whole M:P: the field belongs to another protocol', () => {
    expect(shown(read(['x-payment', ` AAAA:${P} `]))).toEqual([`x-payment AAAA:${P}`])
    for (const value of ['AAAA', `L402 AAAA:${P}`, `AAAA:${P},`, '', `AAAA,BBBB:${P}`])
      expect(read(['x-payment', value])).toEqual([])
    expect(shown(read(['x-payment', `A:${P}`]))).toEqual(['x-payment !text'])
    expect(shown(read(['x-payment', `${'A'.repeat(12_288)}:${P}`]))).toEqual(['x-payment !text'])
  })
})

describe('cookies', () => {
  const cookie = `__Host-l402=AAAA.${P}`
  const ask = (method: string, ...headers: [string, string][]) =>
    readCredentials([['Cookie', cookie], ...headers], { secureCookies: true, method })
  it.each(['GET', 'HEAD', 'OPTIONS'])('count for %s wherever the request comes from', (method) => {
    expect(ask(method)).toHaveLength(1)
    expect(ask(method, ['Sec-Fetch-Site', 'cross-site'])).toHaveLength(1)
  })
  // Else another site could spend a reader's counted uses by posting a form to us.
  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'get', ''])('count for %s only when our own page asks', (method) => {
    expect(ask(method, ['Sec-Fetch-Site', 'same-origin'])).toHaveLength(1)
    for (const site of ['cross-site', 'same-site', 'none', ''])
      expect(ask(method, ['Sec-Fetch-Site', site])).toEqual([])
    expect(ask(method)).toEqual([])
    expect(ask(method, ['Sec-Fetch-Site', 'same-origin'], ['Sec-Fetch-Site', 'cross-site'])).toEqual([])
  })
  it('have other names where they cannot be secure, and only there', () => {
    const plain = (name: string, secureCookies: boolean) =>
      readCredentials([['cookie', `${name}=AAAA.${P}`]], { secureCookies, method: 'GET' })
    for (const name of ['l402', 'l402-2', 'l402-3']) {
      expect(plain(name, false)).toHaveLength(1)
      expect(plain(name, true)).toEqual([])
      expect(plain(`__Host-${name}`, true)).toHaveLength(1)
      expect(plain(`__Host-${name}`, false)).toEqual([])
    }
    for (const name of ['l402-4', 'l402-1', 'L402', '__Secure-l402', 'xl402']) expect(plain(name, false)).toEqual([])
  })
  it('the first of a name counts, over all lines', () => {
    const reading = read(['cookie', `a=b; ${cookie}; __Host-l402=BBBB.${P}`], ['cookie', `__Host-l402=CCCC.${P}`])
    expect(shown(reading)).toEqual([`cookie AAAA:${P}`])
  })
  it.each([
    ['no dot', 'AAAA', '!text'],
    ['no macaroon', `.${P}`, '!text'],
    ['no preimage', 'AAAA.', 'AAAA:'],
    ['a short preimage', `AAAA.${P.slice(1)}`, '!text'],
    ['a second dot', `AAAA.${P}.`, '!text'],
    ['nothing', '', '!text'],
  ])('with %s', (_, value, expected) => {
    expect(shown(read(['cookie', `__Host-l402=${value}`]))).toEqual([`cookie ${expected}`])
  })
  it('blanks around name and value do not count', () => {
    expect(shown(read(['cookie', `a=b;\t__Host-l402 = AAAA.${P} ; c=d`]))).toEqual([`cookie AAAA:${P}`])
  })
  it('a line without an equals sign is none', () => {
    expect(read(['cookie', '__Host-l402'], ['cookie', ''])).toEqual([])
  })
})

describe('what we write we read', () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const macaroon = fc.uint8Array({ minLength: 1, maxLength: 300 })
  it('as credential, as cookie, in every spelling', () => {
    fc.assert(
      fc.property(macaroon, bytes(32), (one, preimage) => {
        const expected = { macaroons: [one], preimage }
        const secret = encodeHex(preimage)
        expect(auth(`L402 ${formatCredential(one, preimage)}`)).toMatchObject([expected])
        expect(auth(`lsat ${encodeBase64Url(one)}:${secret.toUpperCase()}`)).toMatchObject([expected])
        expect(read(['cookie', `__Host-l402=${formatCookieValue(one, preimage)}`])).toMatchObject([expected])
      }),
    )
  })
  it('hex is read as hex only where it begins as a macaroon does', () => {
    expect(decodeMacaroonText('0201')).toEqual(new Uint8Array([2, 1]))
    expect(decodeMacaroonText('02F')).toBeNull()
    expect(decodeMacaroonText('02fF')).toEqual(new Uint8Array([2, 255]))
    expect(decodeMacaroonText('1201')).toEqual(new Uint8Array([0xd7, 0x6d, 0x35]))
    expect(decodeMacaroonText('02g1')).toEqual(new Uint8Array([0xd3, 0x68, 0x35]))
    expect(decodeMacaroonText('')).toBeNull()
  })
})

describe('hostile text', () => {
  it.each(Object.entries(HOSTILE_VALUES))(
    '%s: at most seven credentials come out of it, and nothing is thrown',
    (_, value) => {
      for (const field of HOSTILE_FIELDS) expect(read([field, value]).length).toBeLessThanOrEqual(4)
      const everywhere = HOSTILE_FIELDS.map((field): [string, string] => [field, value])
      expect(read(...everywhere).length).toBeLessThanOrEqual(7)
    },
  )
  it('thousands of lines cost no more than their length', () => {
    const lines = Array.from({ length: 2_000 }, (_, i): [string, string] => ['macaroon', `AA${i % 10}A`])
    expect(shown(read(...lines))).toEqual(['macaroon !text'])
  })
})
