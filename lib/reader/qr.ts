/** Draws a QR code as one SVG path, the same on the server and in the browser. */
import { encode } from 'uqr'

export interface QrDrawing {
  /** Modules along one side, quiet zone excluded. */
  readonly size: number
  /** `d` of a path in a box of `size` units; dark modules are filled. */
  readonly path: string
}

/**
 * The QR code of a BOLT 11 invoice with the `lightning:` scheme, so that a phone's camera opens a wallet. Upper case: the
 * alphanumeric mode needs a third less room, hence larger modules.
 */
export function drawInvoiceQr(invoice: string): QrDrawing {
  return drawQr(`LIGHTNING:${invoice.toUpperCase()}`)
}

export function drawQr(text: string): QrDrawing {
  const { data, size } = encode(text, { ecc: 'L', boostEcc: false, border: 0 })
  return { size, path: data.map(drawRow).join('') }
}

/** Neighbouring dark modules become one bar: fewer bytes, and no hair between them when scaled. */
function drawRow(row: readonly boolean[], y: number): string {
  let path = ''
  for (let x = 0; x < row.length; x += 1) {
    if (!row[x]) continue
    let length = 1
    while (row[x + length]) length += 1
    path += `M${x} ${y}h${length}v1h-${length}z`
    x += length
  }
  return path
}
