/** Which backend serves a creator and which one a row names; nobody else knows how many there are. */
import type { BackendId, Backends, LightningBackend } from './backend.ts'

/**
 * The backends of this process. `platform` serves every creator; `others` make no new invoice and are found by the rows
 * that name them, as when a node was replaced and the old one can still be paid. Closing it closes all of them.
 */
export function createBackends(platform: LightningBackend, others: readonly LightningBackend[] = []): Backends {
  const all = [platform, ...others]
  return {
    getForCreator: () => platform,
    find: (id) => findBackend(all, id),
    list: () => all,
    close() {
      for (const backend of all) backend.close()
    },
  }
}

/** One that is away hides none of the others; but it may be the one that is wanted, so then its fault is the answer. */
async function findBackend(all: readonly LightningBackend[], id: BackendId): Promise<LightningBackend | null> {
  const answers = await Promise.allSettled(all.map((backend) => backend.getId()))
  const at = answers.findIndex((answer) => answer.status === 'fulfilled' && answer.value === id)
  if (at >= 0) return all[at] ?? null
  for (const answer of answers) if (answer.status === 'rejected') throw answer.reason
  return null
}
