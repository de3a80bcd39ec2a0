/** What a 16 KiB header of anything costs, per reader and kind of hostile text: `npm run bench -- l402-headers`. */
import { sha256 } from '#lib/crypto.ts'
import { readInvoice } from '#lib/l402/bolt11.ts'
import { createHmac } from '#lib/l402/bytes.ts'
import { readChallenges } from '#lib/l402/challenge.ts'
import { readCredentials } from '#lib/l402/credential.ts'
import { startWork, verifyToken } from '#lib/l402/token.ts'
import { FATTENED_VALUES, findRootKey } from '#tests/support/fattened-tokens.ts'
import { HOSTILE_FIELDS, HOSTILE_VALUES } from '#tests/support/hostile-headers.ts'
import { type Measured, measure, printTable } from './measure-support.ts'

const ctx = { sha256, hmac: createHmac(sha256) }
const MAX_US = 500
/** Hundreds of cases: short, but warm. */
const QUICK = { batches: 15, warmUpMs: 20, memory: false }

/** Reads a field and judges all that came out of it, as the gate would. */
function judge(field: string, value: string): void {
  const work = startWork()
  for (const one of readCredentials([[field, value]], { secureCookies: true, method: 'GET' })) {
    if (one.kind === 'candidate') verifyToken(ctx, one, findRootKey, work)
  }
}

const rows: Measured[] = []
for (const [kind, value] of Object.entries(FATTENED_VALUES))
  rows.push(measure(`authorization: ${kind}`, () => judge('authorization', value), QUICK))
for (const [kind, value] of Object.entries(HOSTILE_VALUES)) {
  for (const field of HOSTILE_FIELDS) rows.push(measure(`${field}: ${kind}`, () => judge(field, value), QUICK))
  rows.push(measure(`www-authenticate: ${kind}`, () => readChallenges([value]), QUICK))
  rows.push(measure(`invoice: ${kind}`, () => readInvoice(value), QUICK))
}
rows.sort((a, b) => b.medianUs - a.medianUs)
printTable(rows.slice(0, 12))
const worst = rows[0]?.medianUs ?? Number.NaN
console.log(`${rows.length} cases, the dearest ${worst.toFixed(0)} us, allowed ${MAX_US} us`)
process.exitCode = worst <= MAX_US ? 0 : 1
