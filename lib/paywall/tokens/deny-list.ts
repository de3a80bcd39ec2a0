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

/**
 * The list of one creator. A denial costs its bytes and a place in a set. Nearly all lists are empty, one for each creator in
 * memory: they have no set, and a getter for the size would double what is left.
 */
export function createDenyList(denials: readonly Denial[]): GrowingDenyList {
  let names: Set<string> | null = null
  const list = {
    size: 0,
    add(more: readonly Denial[]) {
      if (more.length === 0) return
      names ??= new Set()
      for (const { kind, subject, service } of more) names.add(nameOf(kind, subject, service))
      list.size = names.size
    },
    hasToken: (tokenId: Uint8Array) => names?.has(nameOf('token', tokenId, '')) ?? false,
    hasService: (tokenId: Uint8Array, service: string) => names?.has(nameOf('service', tokenId, service)) ?? false,
    hasKey: (keyId: Uint8Array) => names?.has(nameOf('key', keyId, '')) ?? false,
  }
  list.add(denials)
  return list
}

const MARK: Readonly<Record<Denial['kind'], string>> = { token: 't', service: 's', key: 'k' }

/** A subject has one length per kind, so no two names are the same text. */
function nameOf(kind: Denial['kind'], subject: Uint8Array, service: string): string {
  return MARK[kind] + decodeLatin1(subject) + service
}
