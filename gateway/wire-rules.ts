/** A request means one thing only, or it is refused: what Node's strict parser leaves open is decided here (reliability.md §9.2). */
import type { Code } from '#lib/errors.ts'

export const MAX_HEADER_BYTES = 16_384
const MAX_HEADER_FIELDS = 100

/** Host and port as a URL may have them; nothing else reaches a look-up, a redirect or a page. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/
const ABSOLUTE = /^https?:\/\/([^/?#]*)([^#]*)$/i

/** A request line and its fields, as they stood on the wire. */
export interface WireRequest {
  readonly method: string
  readonly target: string
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[]
}

/** A name with an underscore is one with a hyphen to some servers; gRPC's own (metadata) may have it, and never passes those. */
const isAmbiguous = (name: string, { isGrpc = false }: { isGrpc?: boolean }) => !isGrpc && name.includes('_')

export type WireReading =
  | { readonly kind: 'read'; readonly host: string; readonly path: string; readonly query: string }
  | { readonly kind: 'refused'; readonly code: Code }

const MALFORMED: WireReading = { kind: 'refused', code: 'http.malformed' }
const TOO_LARGE: WireReading = { kind: 'refused', code: 'limit.header_size' }

/** Host, path and query of a request; `refused` when another reader of the same bytes could understand them otherwise. */
export function readWire(request: WireRequest, how: { isGrpc?: boolean } = {}): WireReading {
  if (request.rawHeaders.length > 2 * MAX_HEADER_FIELDS) return TOO_LARGE
  const host = readHost(request.rawHeaders, how)
  if (host === null) return MALFORMED
  const target = readTarget(request, host)
  if (target === null || target.includes('#')) return MALFORMED
  const mark = target.indexOf('?')
  return {
    kind: 'read',
    host,
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
  }
}

/** The one `Host`, in lower case, without a trailing dot; `null` when it is missing, doubled or odd, or a name has an underscore. */
function readHost(rawHeaders: readonly string[], how: { isGrpc?: boolean }): string | null {
  let host: string | null = null
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (isAmbiguous(name, how)) return null
    if (name.length !== 4 || name.toLowerCase() !== 'host') continue
    if (host !== null) return null
    host = rawHeaders[at + 1] ?? ''
  }
  return host === null ? null : normalizeHost(host)
}

/** Not kept by its spelling: looking that up would save 30 ns, measured. */
function normalizeHost(text: string): string | null {
  const host = text.toLowerCase().replace(/\.(?=:\d+$|$)/, '')
  return HOST.test(host) ? host : null
}

function readTarget(request: WireRequest, host: string): string | null {
  const { target } = request
  if (target.startsWith('/')) return target
  if (target === '*') return request.method === 'OPTIONS' ? target : null
  const absolute = ABSOLUTE.exec(target)
  if (absolute === null || absolute[1]?.toLowerCase() !== host) return null
  const rest = absolute[2] ?? ''
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** Whether a body follows, as the framing of a request says. Names are told apart by their length: most are passed over. */
export function bringsBody(rawHeaders: readonly string[]): boolean {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string
    if (name.length === 14 && name.toLowerCase() === 'content-length') return rawHeaders[at + 1] !== '0'
    if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return true
  }
  return false
}
