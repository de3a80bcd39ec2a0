/** Where bought tokens are kept: per host, and per set of services a token names, the newest first. */

import { parseCaveat } from '#lib/l402/caveat.ts'
import { decodeMacaroon } from '#lib/l402/macaroon.ts'

export interface StoredToken {
  /** Host with port, as in a URL. */
  readonly host: string
  /** Names in the token's first `services` caveat; empty for tokens that have none. */
  readonly services: readonly string[]
  /** `<macaroon>:<preimage>`, ready for `Authorization: L402 …`. A secret. */
  readonly credential: string
}

export interface TokenStore {
  /**
   * Shows that `save` will succeed, and throws when it would not. Called before each payment, because afterwards it is
   * too late to refuse. A store that cannot fail leaves it out.
   */
  prepare?(): Promise<void>
  /** The token to try first: with cumulative tokens the newest of a host opens the most. */
  find(host: string): Promise<StoredToken | null>
  /** Keeps a token, and drops those of the same host that open nothing the new one does not. */
  save(token: StoredToken): Promise<void>
}

/** For one process; `tokens` is what another store remembered. */
export function createMemoryStore(
  tokens: readonly StoredToken[] = [],
): TokenStore & { list(): readonly StoredToken[] } {
  let kept = [...tokens]
  return {
    list: () => kept,
    find: async (host) => kept.find((token) => token.host === host) ?? null,
    async save(token) {
      kept = [token, ...kept.filter((old) => !replaces(token, old))]
    },
  }
}

function replaces(token: StoredToken, old: StoredToken): boolean {
  return token.host === old.host && old.services.every((service) => token.services.includes(service))
}

/** The services a macaroon names first, without tiers. Source: protocol.md §5.2. */
export function servicesOf(macaroonBytes: Uint8Array): string[] {
  const decoded = decodeMacaroon(macaroonBytes)
  if (decoded.kind === 'refused') return []
  for (const { id } of decoded.macaroon.caveats) {
    const caveat = parseCaveat(id)
    if (caveat.condition !== 'services') continue
    return String(caveat.value)
      .split(',')
      .map((entry) => entry.split(':')[0] ?? '')
  }
  return []
}
