/** A token that carries earlier purchases cannot outrun their revocation: both wait for the creator's row. */
import type { Clock } from '#lib/clock.ts'
import type { Db, Tx } from '#lib/db.ts'
import { decodeHex } from '#lib/l402/bytes.ts'
import { KEY_ID_BYTES } from '#lib/l402/identifier.ts'
import { lockCreator, raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { createDenyList, type Denial, type DenyList } from '#lib/paywall/tokens/deny-list.ts'
import { insertDenials, listDenials } from '#lib/paywall/tokens/deny-store.ts'
import type { NewChallenge, Parent } from './challenge.ts'
import { insertChallenges } from './challenge-store.ts'

/**
 * Commits a challenge with parents and answers when it is durable. A parent that is denied by now is denied inside the
 * new token in the same transaction; a revocation that comes later finds the row and denies it there. Throws
 * `database.unavailable`. Source: architecture.md §5, revocation and cumulative tokens.
 */
export async function commitCumulative(deps: { db: Db; clock: Clock }, row: NewChallenge): Promise<void> {
  await deps.db.inTransaction(async (tx) => {
    await lockCreator(tx, row.creatorId)
    await insertChallenges(tx, [row])
    await inheritDenials(tx, row, deps.clock.now())
  })
}

async function inheritDenials(tx: Tx, row: NewChallenge, now: Date): Promise<void> {
  const denied = createDenyList(await listDenials(tx, row.creatorId, now))
  const denials = row.parents
    .filter((parent) => isDenied(denied, parent))
    .map(({ service }): Denial => ({ kind: 'service', subject: row.tokenId, service }))
  if (denials.length === 0) return
  const changeNumber = await raiseChangeNumber(tx, row.creatorId)
  await insertDenials(tx, { creatorId: row.creatorId, changeNumber, denials })
}

function isDenied(denied: DenyList, parent: Parent): boolean {
  const tokenId = decodeHex(parent.tokenId)
  if (tokenId === null) return true
  return (
    denied.hasToken(tokenId) ||
    denied.hasService(tokenId, parent.service) ||
    denied.hasKey(tokenId.subarray(0, KEY_ID_BYTES))
  )
}
