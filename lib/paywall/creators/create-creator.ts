/** A person becomes a creator: a handle, a short id for ever, and the person as its owner. */
import { randomBytes } from '#lib/crypto.ts'
import type { Db, Tx } from '#lib/db.ts'
import { Fault, type InvalidInput } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'
import { parseHandle, refuseName, suggestHandles } from './creator.ts'
import { insertCreator, isHandleTaken } from './creator-store.ts'
import { insertMember } from './member-store.ts'

export interface NewCreator {
  userId: string
  handle: string
  name: string
  byline?: string
  about?: string
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
  return deps.db.asCreator(creatorId, async (tx) => {
    for (const length of SHORT_ID_LENGTHS) {
      const shortId = input.shortId ?? randomShortId(length)
      const { handle, name, byline = '', about = '' } = input
      if (await insertCreator(tx, { id: creatorId, shortId, handle, name, byline, about })) {
        await insertMember(tx, { creatorId, userId: input.userId, role: 'owner' })
        return { kind: 'created', creatorId, shortId }
      }
      if (await isHandleTaken(tx, handle)) return handleTaken(tx, handle)
    }
    throw new Fault('internal.bug', 'no short id is free')
  })
}

function refuseInput(input: NewCreator): InvalidInput | null {
  const handle = parseHandle(input.handle)
  const name = refuseName(input.name)
  const fields = {
    ...(handle.kind === 'invalid' ? { handle: handle.message } : {}),
    ...(name === null ? {} : { name }),
  }
  return Object.keys(fields).length === 0 ? null : { kind: 'invalid', fields }
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
