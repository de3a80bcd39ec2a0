/** Who signed an invoice; apart from the reader, so that pages which only read invoices need no curve arithmetic. */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import type { Invoice } from './bolt11.ts'
import type { Sha256 } from './bytes.ts'

const RS_BYTES = 64

/** Compressed public key (33 bytes) of the node that signed the invoice; `null` when no key gives this signature. */
export function recoverPayee(sha256: Sha256, invoice: Invoice): Uint8Array | null {
  try {
    const signature = secp256k1.Signature.fromBytes(invoice.signature.subarray(0, RS_BYTES), 'compact')
    const recoverable = signature.addRecoveryBit(invoice.signature[RS_BYTES] as number)
    return recoverable.recoverPublicKey(sha256(invoice.signedBytes)).toBytes(true)
  } catch {
    // A recovery id above 3, r or s out of range, or r on no point of the curve.
    return null
  }
}
