/** A creator's secret key: how it is written, and when it is over. */

/** `sk_<public id>_<secret>`: 12 letters that may be shown, then 256 random bits in base64url, which only its owner has. */
const KEY = /^sk_([a-z0-9]{12})_([A-Za-z0-9_-]{43})$/

const MAX_NAME_LENGTH = 60
/** More than anybody has servers; each is a way in. */
export const MAX_LIVE_KEYS = 20
/** A rolled key goes on for so long, so that its server is told the new one meanwhile. */
export const ROLLED_MS = 24 * 3600 * 1000

export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly publicId: string
  readonly createdAt: Date
  /** From when on it opens nothing; `null`: it lives. */
  readonly endsAt: Date | null
  readonly lastUsedAt: Date | null
  /** When somebody last showed it after its end. */
  readonly lastRefusedAt: Date | null
}

/** The parts of a key as its owner sends it; `null`: it is none. */
export function parseApiKey(text: string): { publicId: string; secret: string } | null {
  const [, publicId, secret] = KEY.exec(text) ?? []
  return publicId === undefined || secret === undefined ? null : { publicId, secret }
}

export function formatApiKey({ publicId, secret }: { publicId: string; secret: string }): string {
  return `sk_${publicId}_${secret}`
}

export function isOver({ endsAt }: Pick<ApiKey, 'endsAt'>, now: Date): boolean {
  return endsAt !== null && endsAt.getTime() <= now.getTime()
}

/** Null when `name` can name a key; otherwise the sentence for its field. */
export function refuseKeyName(name: string): string | null {
  if (name.trim() === '') return 'Name it after the server that will have it.'
  return name.trim().length > MAX_NAME_LENGTH ? `At most ${MAX_NAME_LENGTH} characters.` : null
}
