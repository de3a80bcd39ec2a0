/** The checksum of a file in the browser, piece by piece, so that a page holds a few megabytes of it. */
import { sha256 } from '@noble/hashes/sha2.js'
import { encodeHex } from '#lib/l402/bytes.ts'

const PIECE_BYTES = 4 * 1024 * 1024

/** SHA-256 as hex; between two pieces the page does what else it has to. Throws when the file cannot be read any more. */
export async function hashFile(file: Blob, signal: AbortSignal): Promise<string> {
  const whole = sha256.create()
  for (let at = 0; at < file.size && !signal.aborted; at += PIECE_BYTES) {
    whole.update(new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer()))
  }
  return encodeHex(whole.digest())
}
