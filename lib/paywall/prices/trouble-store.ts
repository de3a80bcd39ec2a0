/** Every query on what was wrong with the answers of sellers' price servers: the last of each service, with how often. */
import type { Db, Tx } from '#lib/db.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'

export interface PriceTrouble {
  readonly service: string
  /** For the seller: what was wrong with the last answer that could not be used. */
  readonly sentence: string
  readonly lastAt: Date
  /** Since the first one, as far as they were told apart: gateways write one a few seconds at most. */
  readonly times: number
}

/** Notes that answers for a service could not be used; `times` of them since the last word. */
export async function noteTrouble(
  tx: Tx,
  trouble: ResourceKey & { service: string; sentence: string; times: number },
): Promise<void> {
  const { creatorId, resourceId, service, sentence, times } = trouble
  await tx.$executeRaw`
    insert into price_trouble (creator_id, resource_id, service, sentence, times)
    values (${creatorId}, ${resourceId}, ${service}, ${sentence}, ${times})
    on conflict (creator_id, resource_id, service) do update
      set sentence = excluded.sentence, times = price_trouble.times + excluded.times, last_at = clock_timestamp()`
}

/** What a seller sees of an API, the latest first. */
export async function listPriceTroubles(db: Db, { creatorId, resourceId }: ResourceKey): Promise<PriceTrouble[]> {
  return db.asCreator(creatorId, (tx) =>
    tx.priceTrouble.findMany({
      where: { creatorId, resourceId },
      orderBy: { lastAt: 'desc' },
      select: { service: true, sentence: true, lastAt: true, times: true },
    }),
  )
}
