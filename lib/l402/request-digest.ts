/** A request as a whole in 32 hex digits: what a token says that was sold for this one request at the price of this one. */
import { encodeHex, encodeUtf8, type Sha256 } from './bytes.ts'
import { normalizePath } from './path.ts'

/** Of the digest, as it stands in `<service>_request`: enough that no second request is found for one. */
const HEX_DIGITS = 32

/**
 * `path` as sent, `query` as the upstream gets it. Two spellings of one path are one request; two of a query are two,
 * since servers disagree about what is the same there. HEAD follows GET.
 */
export function digestRequest(
  sha256: Sha256,
  { method, path, query }: { method: string; path: string; query: string },
): string {
  const parts = [method === 'HEAD' ? 'GET' : method, normalizePath(path) ?? path, query]
  return encodeHex(sha256(encodeUtf8(`satstile/l402/request/v1\n${parts.join('\n')}`))).slice(0, HEX_DIGITS)
}
