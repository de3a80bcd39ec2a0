/** A rotation changes which key mints and leaves every token that was sold as good as before. */
import type { Db } from '#lib/db.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { retireFromMinting } from './key-store.ts'

/**
 * Marks the active key as verifying; the next challenge makes a new one, in the process that may hold keys. `replayed`:
 * there was no active key, a rotation is already waiting for its challenge. Source: protocol.md §8.5.
 */
export async function rotateKey(deps: { db: Db }, input: { creatorId: string }): Promise<'applied' | 'replayed'> {
  return deps.db.asCreator(input.creatorId, async (tx) => {
    await raiseChangeNumber(tx, input.creatorId)
    return (await retireFromMinting(tx, input.creatorId)) ? 'applied' : 'replayed'
  })
}
