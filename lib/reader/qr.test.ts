import { encode } from 'uqr'
import { expect, test } from 'vitest'
import { drawInvoiceQr } from './qr.ts'

const INVOICE = `lnbcrt2100n1${'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.repeat(8)}`

/** The modules that a path of `M x y h n v1 h-n z` bars covers. */
function paint(path: string, size: number): boolean[][] {
  const rows = Array.from({ length: size }, () => Array.from({ length: size }, () => false))
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    rows[Number(y)]?.fill(true, Number(x), Number(x) + Number(length))
  }
  return rows
}

test('the drawing is the code of the invoice with its scheme, in capitals, module for module', () => {
  const { size, path } = drawInvoiceQr(INVOICE)
  expect(paint(path, size)).toEqual(
    encode(`LIGHTNING:${INVOICE.toUpperCase()}`, { ecc: 'L', boostEcc: false, border: 0 }).data,
  )
})

test('capitals make it smaller than the same text in small letters', () => {
  expect(drawInvoiceQr(INVOICE).size).toBeLessThan(
    encode(`lightning:${INVOICE}`, { ecc: 'L', boostEcc: false, border: 0 }).size,
  )
})
