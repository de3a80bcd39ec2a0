/** No secret is in what a seller is shown, and everything else is. */
import { describe, expect, test } from 'vitest'
import { formatBody, formatHead, formatStatus, type MaskOptions, pairsOf } from './message-text.ts'

const MACAROON = `AgEIc2F0c3RpbGUCQgAA${'aB3_'.repeat(40)}`
const PREIMAGE = 'ab'.repeat(32)
const mask: MaskOptions = { names: new Set(['x-key']), values: ['the seller key', 'abc'] }

describe('a head', () => {
  test('shows fields, and of a secret one only its name', () => {
    const head = formatHead(
      'GET /a HTTP/1.1',
      [
        ['X-Key', 'the seller key'],
        ['Accept', '*/*'],
      ],
      mask,
    )
    expect(head).toBe('GET /a HTTP/1.1\nX-Key: \u2022\u2022\u2022\u2022\nAccept: */*')
  })

  test.each([`L402 ${MACAROON}:${PREIMAGE}`, `LSAT ${MACAROON}:${PREIMAGE}`, `t=1,v1=${'0f'.repeat(32)}`])(
    'shows nothing of %s',
    (value) => {
      const head = formatHead('GET / HTTP/1.1', [['Authorization', value]], mask)
      expect(head).not.toMatch(/aB3_aB3_|abab|0f0f/)
    },
  )

  test('shows how a macaroon and an invoice begin, and not enough to pay or to present', () => {
    const value = `L402 macaroon="${MACAROON}", invoice="lnbcrt50n1${'p4'.repeat(100)}", version="0"`
    const head = formatHead('HTTP/1.1 402 Payment Required', [['WWW-Authenticate', value]], mask)
    expect(head).toContain('macaroon="AgEIc2F0c3RpbGUCQgAAaB3_')
    expect(head).toContain('invoice="lnbcrt50n1')
    expect(head).not.toContain('aB3_aB3_')
    expect(head).not.toContain('p4'.repeat(10))
    expect(head).toContain('version="0"')
  })
})

describe('a body', () => {
  const body = (text: string, isWhole = true) => formatBody(Buffer.from(text), isWhole, mask)

  test('is text with secrets masked; a value too short to be told from chance stays', () => {
    expect(body('{"echo":"the seller key","b":"abc"}')).toBe('{"echo":"\u2022\u2022\u2022\u2022","b":"abc"}')
    expect(body(JSON.stringify({ macaroon: MACAROON }))).not.toContain('aB3_aB3_')
    expect(body(`{"paymentRequest":"lnbcrt70n1${'p4'.repeat(100)}"}`)).toBe(
      '{"paymentRequest":"lnbcrt70n1p4p4p4p4p4p4\u2026"}',
    )
  })

  test('that was cut says so, and one that is no text says its length', () => {
    expect(body('a', false)).toBe('a\n\u2026')
    expect(body('')).toBe('')
    expect(formatBody(new Uint8Array([0, 1, 2]), true, mask)).toBe('3 bytes that are no text')
    expect(body('x'.repeat(5_000)).length).toBeLessThan(4_100)
  })
})

test('a status line has its words, and raw fields become pairs', () => {
  expect(formatStatus(402)).toBe('HTTP/1.1 402 Payment Required')
  expect(formatStatus(799)).toBe('HTTP/1.1 799')
  expect(pairsOf(['A', '1', 'B', '2'])).toEqual([
    ['A', '1'],
    ['B', '2'],
  ])
})
