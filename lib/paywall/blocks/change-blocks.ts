/** A creator keeps somebody out, or lets them in again; every gateway follows within two seconds. */
import type { Db } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'
import type { Sha256 } from '#lib/l402/bytes.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { MAX_BLOCKS, MAX_NOTE, parseBlock } from './block.ts'
import { deleteBlock, insertBlock } from './block-store.ts'

/** `replayed`: blocked before. */
export async function addBlock(
  deps: { db: Db; sha256: Sha256 },
  input: { creatorId: string; subject: string; note: string },
): Promise<{ readonly kind: 'applied' | 'replayed' } | InvalidInput> {
  const { creatorId } = input
  const note = input.note.trim()
  const block = parseBlock(deps.sha256, input.subject)
  if (block.kind === 'invalid') return { kind: 'invalid', fields: { subject: block.message } }
  if (note.length > MAX_NOTE) return { kind: 'invalid', fields: { note: `A note has ${MAX_NOTE} characters at most.` } }
  const kind = await deps.db.asCreator(creatorId, async (tx) => {
    await raiseChangeNumber(tx, creatorId)
    return insertBlock(tx, { creatorId, id: newId('blk'), block, note })
  })
  if (kind !== 'full') return { kind }
  return { kind: 'invalid', fields: { subject: `${MAX_BLOCKS} are blocked already; let somebody in again first.` } }
}

/** `replayed`: it was not blocked, or not by this creator. */
export async function removeBlock(
  deps: { db: Db },
  input: { creatorId: string; id: string },
): Promise<'applied' | 'replayed'> {
  return deps.db.asCreator(input.creatorId, async (tx) => {
    await raiseChangeNumber(tx, input.creatorId)
    return (await deleteBlock(tx, input)) ? 'applied' : 'replayed'
  })
}
