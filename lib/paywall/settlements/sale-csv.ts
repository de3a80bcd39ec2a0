/** Sales as a file: exact to the millisatoshi, and nothing in it runs in a spreadsheet. */

import { encodeHex } from '#lib/l402/bytes.ts'
import { quoteCell } from '#lib/paywall/ledger/statement.ts'
import type { Sale } from './sale-store.ts'

const COLUMNS = ['time', 'resource', 'received_msat', 'fee_msat', 'who', 'channel', 'state', 'token_id', 'challenge']

/** These rows, with a head. Source of the form: RFC 4180. */
export function toSaleCsv(sales: readonly Sale[]): string {
  return [COLUMNS.join(','), ...sales.map(toLine), ''].join('\r\n')
}

function toLine(sale: Sale): string {
  return [
    sale.settledAt.toISOString(),
    quoteCell(sale.title),
    String(sale.receivedMsat),
    String(sale.feeMsat),
    sale.channel === 'http' ? 'program' : 'person',
    sale.channel,
    sale.revoked ? 'revoked' : 'paid',
    encodeHex(sale.tokenId),
    sale.challengeId,
  ].join(',')
}
