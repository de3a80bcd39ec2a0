/** What was withdrawn from a creator's readers, in memory, asked on every request. */
import { decodeLatin1 } from '#lib/l402/bytes.ts'

export interface DenyList {
  hasToken(tokenId: Uint8Array): boolean
  /** Whether this service was withdrawn from this token; its other services go on. */
  hasService(tokenId: Uint8Array, service: string): boolean
  hasKey(keyId: Uint8Array): boolean
  /** How many denials there are: it rises with each, also while a request is under way. */
  readonly size: number
}

/** A row of `denied`; `service` is empty unless `kind` is service. */
export interface Denial {
  readonly kind: 'token' | 'service' | 'key'
  /** Token id (32 bytes), or key id (4 bytes) when `kind` is key. */
  readonly subject: Uint8Array
  readonly service: string
}

/** A list that takes more in: nothing denied is ever allowed again, so who holds the list sees the newest state of it. */
export interface GrowingDenyList extends DenyList {
  add(denials: readonly Denial[]): void
}

/** The list of one creator. A denial costs its bytes and a place in a set; one for everything says no without a look. */
export function createDenyList(denials: readonly Denial[]): GrowingDenyList {
  const names = new Set<string>()
  const add = (more: readonly Denial[]) => {
    for (const { kind, subject, service } of more) names.add(nameOf(kind, subject, service))
  }
  add(denials)
  return {
    add,
    get size() {
      return names.size
    },
    hasToken: (tokenId) => names.size > 0 && names.has(nameOf('token', tokenId, '')),
    hasService: (tokenId, service) => names.size > 0 && names.has(nameOf('service', tokenId, service)),
    hasKey: (keyId) => names.size > 0 && names.has(nameOf('key', keyId, '')),
  }
}

const MARK: Readonly<Record<Denial['kind'], string>> = { token: 't', service: 's', key: 'k' }

/** A subject has one length per kind, so no two names are the same text. */
function nameOf(kind: Denial['kind'], subject: Uint8Array, service: string): string {
  return MARK[kind] + decodeLatin1(subject) + service
}
