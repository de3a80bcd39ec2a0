import { describe, expect, test } from 'vitest'
import { findReceipts } from './receipt-file.ts'
import { proofFits, readProof } from './secrets.ts'

const MACAROON = `AgEIc2F0c3RpbGUC${'Qg+/'.repeat(40)}==`
const PREIMAGE = '1f'.repeat(32)
const RECEIPT = `${MACAROON}:${PREIMAGE}`

describe('a receipt', () => {
  test('is found bare, in a file with words around it, and broken over lines', () => {
    expect(findReceipts(RECEIPT)).toEqual([RECEIPT])
    expect(findReceipts(`Harbor Notes: Tides\nhttp://harbor.localhost/tides\n\n${RECEIPT}\n`)).toEqual([RECEIPT])
    expect(findReceipts(RECEIPT.replace(/(.{60})/g, '$1\n'))).toEqual([RECEIPT])
  })

  test('is found in a link, where a dot stands for the colon', () => {
    const urlSafe = MACAROON.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
    expect(findReceipts(`https://harbor.example/_l402/receipt#${urlSafe}.${PREIMAGE}`)).toEqual([
      `${urlSafe}:${PREIMAGE}`,
    ])
  })

  test('is found as often as a file holds one', () => {
    expect(findReceipts(`one\n${RECEIPT}\n\ntwo\n${RECEIPT}\n`)).toHaveLength(2)
  })

  test('is not found in half of one, nor in an invoice', () => {
    expect(findReceipts(MACAROON)).toEqual([])
    expect(findReceipts(RECEIPT.slice(0, -1))).toEqual([])
    expect(findReceipts(`lnbcrt2100n1${'q'.repeat(300)}`)).toEqual([])
  })
})

describe('a payment proof', () => {
  test('is 64 digits in either case, with spaces anywhere', () => {
    expect(readProof(` ${PREIMAGE.toUpperCase().replace(/(.{8})/g, '$1 ')}\n`)).toBe(PREIMAGE)
  })

  test('is not 63 or 65 digits, and no other letters', () => {
    for (const text of ['', PREIMAGE.slice(1), `${PREIMAGE}0`, `g${PREIMAGE.slice(1)}`])
      expect(readProof(text)).toBeNull()
  })

  test('fits the hash it opens, and no other', async () => {
    // The published vector of protocol.md: preimage 32 × 11.
    const hash = '02d449a31fbb267c8f352e9968a79e3e5fc95c1bbeaa502fd6454ebde5a4bedc'
    expect(await proofFits('11'.repeat(32), hash)).toBe(true)
    expect(await proofFits('12'.repeat(32), hash)).toBe(false)
  })
})

test('a text that is too short for a token is no receipt', () => {
  const preimage = 'ab'.repeat(32)
  expect(findReceipts(`${'A'.repeat(79)}:${preimage}`)).toEqual([])
  expect(findReceipts(`${'A'.repeat(80)}:${preimage}`)).toHaveLength(1)
})
