/** Whether a blob is still what its digest says, read whole once for each time it was written. */
import { LRUCache } from 'lru-cache'

export interface BlobProofs {
  /** Whether a blob of this length, as it was written at `version`, may be sent. */
  mayOpen(blob: { digest: string; version: string; byteLength: number }): Promise<boolean>
  /** It was just compared by who wrote it. */
  note(digest: string, version: string): void
}

/** The ones longest unused are compared again. */
const MAX_PROVEN = 10_000
/** A larger blob takes seconds to read whole: it is sent meanwhile, and no more once it was found wrong. */
const PROVEN_AT_ONCE_BYTES = 64 * 1024 * 1024

/** `hash`: SHA-256 of the blob as it is there, as 64 lower-case hex digits. */
export function createBlobProofs(hash: (digest: string) => Promise<string>): BlobProofs {
  const proven = new LRUCache<string, { version: string; isWhole: boolean }>({ max: MAX_PROVEN })
  const proving = new Map<string, Promise<boolean>>()
  /** Everybody who asks meanwhile waits for the same reading. */
  const prove = (digest: string, version: string): Promise<boolean> => {
    const name = `${digest} ${version}`
    const known = proving.get(name)
    if (known !== undefined) return known
    const reading = hash(digest)
      .then((found) => {
        proven.set(digest, { version, isWhole: found === digest })
        return found === digest
      })
      .finally(() => proving.delete(name))
    proving.set(name, reading)
    return reading
  }
  return {
    note: (digest, version) => void proven.set(digest, { version, isWhole: true }),
    async mayOpen({ digest, version, byteLength }) {
      const known = proven.get(digest)
      if (known?.version === version && known.isWhole) return true
      const isLarge = byteLength > PROVEN_AT_ONCE_BYTES
      if (known?.version === version && isLarge) return false
      const reading = prove(digest, version)
      if (!isLarge) return await reading
      // What cannot be read now is found by who reads it, and asked for again by the next.
      reading.catch(() => undefined)
      return true
    },
  }
}
