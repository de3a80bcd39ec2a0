/** Every query on requests that sellers try: asked, taken by one gateway, answered, read. */
import type { Tx } from '#lib/db.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'
import type { TestRequest, TestResult } from './test-request.ts'

export interface TestKey {
  readonly creatorId: string
  readonly testId: string
}

export async function insertTest(tx: Tx, test: ResourceKey & TestKey & TestRequest): Promise<void> {
  const { creatorId, testId: id, resourceId, role, method, path } = test
  await tx.testRequest.createMany({ data: [{ creatorId, id, resourceId, role, method, path }] })
}

/** How many a creator asked for since `since`. The caller holds the creator's row. */
export async function countTests(tx: Tx, key: { creatorId: string; since: Date }): Promise<number> {
  return tx.testRequest.count({ where: { creatorId: key.creatorId, askedAt: { gt: key.since } } })
}

/** What a gateway tries. */
export interface TakenTest extends ResourceKey, TestKey, TestRequest {
  readonly handle: string
}

/** Takes at most `limit` that wait since `after`, the oldest first; of two gateways each one goes to one. */
export async function takeTests(tx: Tx, { after, limit }: { after: Date; limit: number }): Promise<TakenTest[]> {
  return tx.$queryRaw<TakenTest[]>`
    with taken as (
      update test_request set taken_at = now() where (creator_id, id) in (
        select creator_id, id from test_request where taken_at is null and asked_at > ${after}
        order by asked_at limit ${limit} for update skip locked)
      returning creator_id, id, resource_id, role, method, path)
    select creator_id as "creatorId", taken.id as "testId", resource_id as "resourceId", role, method, path, handle
    from taken join creator on creator.id = creator_id`
}

export async function endTest(tx: Tx, { creatorId, testId }: TestKey, result: TestResult): Promise<void> {
  await tx.$executeRaw`
    update test_request set result = ${JSON.stringify(result)} where creator_id = ${creatorId} and id = ${testId}`
}

/** What was tried is kept for minutes, so that it can be read and counted. */
export async function deleteOldTests(tx: Tx, before: Date): Promise<void> {
  await tx.$executeRaw`delete from test_request where asked_at < ${before}`
}

/** `waiting`: it is not tried yet; `unknown`: this creator has no such test, or it was minutes ago. */
export async function readResult(tx: Tx, { creatorId, testId }: TestKey): Promise<TestResult | 'waiting' | 'unknown'> {
  const row = await tx.testRequest.findFirst({ where: { creatorId, id: testId }, select: { result: true } })
  if (row === null) return 'unknown'
  // Written by a gateway of ours, by `endTest`.
  return row.result === null ? 'waiting' : (JSON.parse(row.result) as TestResult)
}
