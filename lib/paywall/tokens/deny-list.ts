/** What was withdrawn from a creator's readers, in memory, asked on every request. */
import { encodeHex } from '#lib/l402/bytes.ts'

export interface DenyList {
  hasToken(tokenId: Uint8Array): boolean
  /** Whether this service was withdrawn from this token; its other services go on. */
  hasService(tokenId: Uint8Array, service: string): boolean
  hasKey(keyId: Uint8Array): boolean
}

/** A row of `denied`; `service` is empty unless `kind` is service. */
export interface Denial {
  readonly kind: 'token' | 'service' | 'key'
  /** Token id (32 bytes), or key id (4 bytes) when `kind` is key. */
  readonly subject: Uint8Array
  readonly service: string
}

/** The list of one creator, complete and never changed; a change makes a new one. */
export function createDenyList(denials: readonly Denial[]): DenyList {
  const names = new Set(denials.map((denial) => nameOf(denial.kind, denial.subject, denial.service)))
  return {
    hasToken: (tokenId) => names.size > 0 && names.has(nameOf('token', tokenId, '')),
    hasService: (tokenId, service) => names.size > 0 && names.has(nameOf('service', tokenId, service)),
    hasKey: (keyId) => names.size > 0 && names.has(nameOf('key', keyId, '')),
  }
}

function nameOf(kind: Denial['kind'], subject: Uint8Array, service: string): string {
  return `${kind}/${encodeHex(subject)}/${service}`
}
