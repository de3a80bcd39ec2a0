/** Links and sessions that ran out are deleted, so their tables hold what is alive and nothing else. */
import 'server-only'
import { webDeps } from '#app/_server/deps.ts'
import { describeCause } from '#lib/log.ts'

const EVERY_MS = 10 * 60_000

/** Deletes what ran out before now; run concurrently or again it finds nothing left to do. */
async function pruneTokens(): Promise<void> {
  const { db, clock } = webDeps()
  const ranOut = { where: { expires: { lt: clock.now() } } }
  await db.client.verificationToken.deleteMany(ranOut)
  await db.client.session.deleteMany(ranOut)
}

/** Prunes at once and every ten minutes; a database that does not answer is asked again then. */
export function keepPruning(): void {
  const prune = () =>
    pruneTokens().catch((cause: unknown) =>
      webDeps().log.warn('links and sessions were not pruned', { cause: describeCause(cause) }),
    )
  setInterval(prune, EVERY_MS).unref()
  void prune()
}
