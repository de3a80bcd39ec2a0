/** Takes a resource off sale and puts it back; what was bought waits meanwhile and is never charged again. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import type { ResourceKey } from './resource.ts'
import { writePaused } from './resource-store.ts'

/** `replayed`: it was that way already, or this creator has no such resource. */
export async function pauseResource(
  deps: { db: Db; clock: Clock },
  input: ResourceKey & { paused: boolean },
): Promise<'applied' | 'replayed'> {
  return deps.db.asCreator(input.creatorId, async (tx) => {
    await raiseChangeNumber(tx, input.creatorId)
    return (await writePaused(tx, input, input.paused ? deps.clock.now() : null)) ? 'applied' : 'replayed'
  })
}
