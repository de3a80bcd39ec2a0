/** A request that shows what was shown before, letter for letter, is decided as it was then, while nothing the decision rests on can have changed. */
import { LRUCache } from 'lru-cache'
import type { Ask } from '#lib/gate/kinds/kind.ts'
import type { GateRequest } from '#lib/gate/request.ts'
import { equalText } from '#lib/l402/bytes.ts'
import { CREDENTIAL_FIELDS } from '#lib/l402/credential.ts'
import type { Granted } from '#lib/l402/policy.ts'
import type { VerifiedToken } from '#lib/l402/token.ts'
import { admitsNewcomer } from '#lib/newcomers.ts'
import type { CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'

/** An admission by one token without any condition on time, place, client or count. */
export interface Admission {
  readonly kind: 'admit'
  readonly token: VerifiedToken
  readonly granted: Granted
}

/** The one credential of a request, as it stood in its field. */
export interface Shown {
  readonly field: 'authorization' | 'cookie'
  readonly text: string
}

export interface Recall {
  /** What was decided for these letters at this snapshot and such a place; `null`: nothing that still holds. */
  find(shown: Shown, creator: CreatorSnapshot, ask: Ask): Admission | null
  /** Keeps an admission if it rests on nothing but letters, snapshot and place. */
  note(shown: Shown, at: { creator: CreatorSnapshot; ask: Ask }, admission: Admission): void
}

interface Remembered extends Shown {
  /** Keys, prices and texts are the snapshot's: any change of them is another snapshot. */
  readonly creator: CreatorSnapshot
  /** Its deny list grows in place, so that what was withdrawn counts at once. */
  readonly denials: number
  readonly ask: Ask
  readonly admission: Admission
}

/** About 1 KiB each. */
const MAX_ENTRIES = 60_000

/**
 * Keyed by the letters that hold the token id, and believed only when the whole text is equal, so a made-up text costs
 * nobody's entry and finds none; how far a guess agrees with the proof behind a token does not show in the time. One text per key: other spellings of a token are read anew.
 */
export function createRecall(options: { maxEntries?: number; random?: () => number } = {}): Recall {
  const { maxEntries = MAX_ENTRIES, random = Math.random } = options
  const entries = new LRUCache<string, Remembered>({ max: maxEntries })
  return {
    find(shown, creator, ask) {
      const key = keyOf(shown.text)
      const entry = key === null ? undefined : entries.get(key)
      if (entry === undefined || entry.creator !== creator || entry.field !== shown.field) return null
      if (entry.denials !== creator.denied.size) return null
      return equalText(entry.text, shown.text) && asksTheSame(entry.ask, ask) ? entry.admission : null
    },
    note({ field, text }, { creator, ask }, admission) {
      const key = keyOf(text)
      if (key === null || !isUnconditional(admission)) return
      const isFull = entries.size >= maxEntries && !entries.has(key)
      if (!isFull || admitsNewcomer(random))
        entries.set(key, { field, text, creator, denials: creator.denied.size, ask, admission })
    },
  }
}

/** How the text of every token of ours begins, in base64 of either alphabet: version, location, head of the identifier. */
const TOKEN_HEAD = 'AgEIc2F0c3RpbGUCQgAA'
/** Letters that stand for bytes 1 to 30 of the token id. */
const ID_FROM = 64
const ID_LETTERS = 40

function keyOf(text: string): string | null {
  const at = text.indexOf(TOKEN_HEAD)
  return at === -1 ? null : text.slice(at + ID_FROM, at + ID_FROM + ID_LETTERS)
}

function asksTheSame(a: Ask, b: Ask): boolean {
  if (a.method !== b.method || a.tier !== b.tier || a.capability !== b.capability) return false
  return a.services.length === b.services.length && a.services.every((service, n) => service === b.services[n])
}

/** Conditions that let every request pass, or that the ask decides. */
const STEADY: ReadonlySet<string> = new Set(['capabilities', 'quality', 'variant'])

function isUnconditional({ token, granted }: Admission): boolean {
  if (!token.cacheable || granted.validUntil !== null || granted.limits.length > 0) return false
  const service = token.services.find(({ name }) => name === granted.service)
  return service !== undefined && [...service.conditions.keys()].every((name) => STEADY.has(name))
}

/** Names of fields that may hold a credential, by their length: nearly all others are passed over without a comparison. */
const FIELDS: readonly (string | undefined)[] = (() => {
  const byLength: string[] = []
  for (const name of CREDENTIAL_FIELDS) byLength[name.length] = name
  return byLength
})()

/** The credential of a safe request that brings a single field which could hold one; `null`: read them all. */
export function soleCredential(request: Pick<GateRequest, 'method' | 'rawHeaders'>): Shown | null {
  // What other sites make a browser do counts for less where something is done.
  if (request.method !== 'GET' && request.method !== 'HEAD') return null
  let shown: Shown | null = null
  const { rawHeaders } = request
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string
    const field = FIELDS[name.length]
    if (field === undefined || name.toLowerCase() !== field) continue
    if (shown !== null || (field !== 'authorization' && field !== 'cookie')) return null
    shown = { field, text: rawHeaders[at + 1] as string }
  }
  return shown
}
