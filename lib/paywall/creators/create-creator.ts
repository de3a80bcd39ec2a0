/** A person becomes a creator, once: a handle, a short id for ever, and the person as its owner. */
import { randomBytes } from '#lib/crypto.ts'
import type { Db, Tx } from '#lib/db.ts'
import { Fault, type InvalidInput } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'
import { parseHandle, suggestHandles } from './creator.ts'
import { insertCreator, isHandleTaken } from './creator-store.ts'
import { insertMember, lockPerson } from './member-store.ts'
import { refuseProfile } from './profile.ts'

export interface NewCreator {
  userId: string
  handle: string
  name: string
  byline?: string
  about?: string
  language?: string
  timeZone?: string
  /** For the demo creator, whose tokens stand in the documentation; everybody else gets a random one. */
  shortId?: string
}

export type CreatedCreator =
  | { readonly kind: 'created'; readonly creatorId: string; readonly shortId: string }
  | (InvalidInput & { readonly freeHandles?: readonly string[] })

const SHORT_ID_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'
/** Tries with 3 characters first, then with more: the 46,656 shortest run out one day. */
const SHORT_ID_LENGTHS = [3, 3, 3, 4, 4, 5, 6, 8]

/** Creates creator and membership, or answers a sentence per field; a taken handle comes with three free ones. */
export async function createCreator(deps: { db: Db }, input: NewCreator): Promise<CreatedCreator> {
  const invalid = refuseInput(input)
  if (invalid !== null) return invalid
  const creatorId = newId('cre')
  return deps.db.asCreator(creatorId, (tx) => insertOwned(tx, creatorId, input))
}

/**
 * As `createCreator`, for a person who has no creator yet. Of several at once, in any process, one makes it and all answer
 * with the same: a second creator would be out of its owner's sight.
 */
export async function becomeCreator(
  deps: { db: Db },
  input: NewCreator,
): Promise<CreatedCreator | { readonly kind: 'existing'; readonly creatorId: string; readonly handle: string }> {
  const creatorId = newId('cre')
  return deps.db.asCreator(creatorId, async (tx) => {
    const own = await lockPerson(tx, input.userId)
    return own === null
      ? (refuseInput(input) ?? (await insertOwned(tx, creatorId, input)))
      : { kind: 'existing', ...own }
  })
}

async function insertOwned(tx: Tx, creatorId: string, input: NewCreator): Promise<CreatedCreator> {
  const { userId, handle, name, byline = '', about = '', language = 'en', timeZone = 'UTC' } = input
  for (const length of SHORT_ID_LENGTHS) {
    const shortId = input.shortId ?? randomShortId(length)
    if (await insertCreator(tx, { id: creatorId, shortId, handle, name, byline, about, language, timeZone })) {
      await insertMember(tx, { creatorId, userId, role: 'owner' })
      return { kind: 'created', creatorId, shortId }
    }
    if (await isHandleTaken(tx, handle)) return handleTaken(tx, handle)
  }
  throw new Fault('internal.bug', 'no short id is free')
}

function refuseInput({ handle, name, byline = '', about = '', language = 'en', timeZone = 'UTC' }: NewCreator) {
  const parsed = parseHandle(handle)
  const fields = {
    ...(parsed.kind === 'invalid' ? { handle: parsed.message } : {}),
    ...refuseProfile({ name, byline, about, language, timeZone }),
  }
  return Object.keys(fields).length === 0 ? null : ({ kind: 'invalid', fields } satisfies InvalidInput)
}

async function handleTaken(tx: Tx, handle: string): Promise<CreatedCreator> {
  const freeHandles: string[] = []
  for (const variant of suggestHandles(handle)) {
    if (freeHandles.length < 3 && !(await isHandleTaken(tx, variant))) freeHandles.push(variant)
  }
  return { kind: 'invalid', fields: { handle: 'Somebody has this handle already.' }, freeHandles }
}

/** 252 is the largest multiple of 36 in a byte: above it a letter would be likelier than others. */
function randomShortId(length: number): string {
  const bytes = [...randomBytes(length * 8)].filter((byte) => byte < 252)
  const letters = bytes.slice(0, length).map((byte) => SHORT_ID_LETTERS[byte % 36] ?? '')
  return letters.length === length ? letters.join('') : randomShortId(length)
}
