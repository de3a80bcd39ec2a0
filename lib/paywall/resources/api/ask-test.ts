/** Asks a gateway to try a request: the dashboard has no key to mint with and opens nobody's URL. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'
import type { Notices } from '#lib/notices.ts'
import { lockCreator } from '#lib/paywall/creators/creator-store.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import { hasUpstream } from './api-store.ts'
import { refuseTest, type TestRequest } from './test-request.ts'
import { countTests, insertTest } from './test-request-store.ts'

export type AskedTest =
  | { readonly kind: 'asked'; readonly testId: string }
  | { readonly kind: 'unknown' }
  | InvalidInput

const MINUTE_MS = 60_000
/** By one creator: somebody who looks at each answer needs no more, and nobody reads an API by tests. */
const A_MINUTE = 20

/** What is tried is a sale to nobody: it makes no row but its own, except the open challenge that a stranger gets. */
export async function askTest(
  { db, clock, notices }: { db: Db; clock: Clock; notices: Pick<Notices, 'publish'> },
  { creatorId, resourceId, ...test }: ResourceKey & TestRequest,
): Promise<AskedTest> {
  const fields = refuseTest(test)
  if (Object.keys(fields).length > 0) return { kind: 'invalid', fields }
  const asked = await db.asCreator(creatorId, async (tx): Promise<AskedTest> => {
    // Held until the end, so that what is asked for at once is counted one after the other.
    if (!(await lockCreator(tx, creatorId)) || !(await hasUpstream(tx, { creatorId, resourceId })))
      return { kind: 'unknown' }
    const since = new Date(clock.now().getTime() - MINUTE_MS)
    if ((await countTests(tx, { creatorId, since })) >= A_MINUTE)
      return { kind: 'invalid', fields: { '': `At most ${A_MINUTE} tests a minute. Wait a moment.` } }
    const testId = newId('tst')
    await insertTest(tx, { creatorId, testId, resourceId, ...test })
    return { kind: 'asked', testId }
  })
  if (asked.kind === 'asked') await notices.publish('tried', creatorId)
  return asked
}
