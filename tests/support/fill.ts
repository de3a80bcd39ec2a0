/** Many rows in few statements, written by the owner: what tests and measurements of growth start from. */
import type { Db } from '#lib/db.ts'
import { newId } from '#lib/ids.ts'

/** Creators with nothing on sale: `busy1`, `busy2` … are ids, handles and short ids. */
export async function insertCreators(db: Db, prefix: string, count: number): Promise<string[]> {
  await db.client.$executeRaw`
    insert into creator (id, short_id, handle, name)
    select ${prefix} || n, ${prefix} || n, ${prefix} || n, 'Somebody' from generate_series(1, ${count}::int) as n`
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`)
}

export interface SalesToInsert {
  readonly creatorId: string
  readonly count: number
  /** Spread over so many resources, `res_1` first. */
  readonly resources?: number
  /** Settled and known at even distances in the last so many seconds; 0: now. */
  readonly spreadSeconds?: number
}

/** Sales without their entries in the books; answers their challenge ids. */
export async function insertSales(db: Db, sales: SalesToInsert): Promise<string[]> {
  const prefix = newId('chl')
  const { creatorId, count, resources = 1, spreadSeconds = 0 } = sales
  await db.client.$executeRaw`
    insert into settlement (payment_hash, creator_id, challenge_id, token_id, resource_id, offer_id, price_version, amount_msat,
      received_msat, fee_msat, services, caveats, channel, invoice, source, settled_at, created_at)
    select sha256(convert_to(${prefix} || n, 'utf8')), ${creatorId}, ${prefix} || n, sha256(convert_to(${prefix} || 't' || n, 'utf8')),
      'res_' || (n % ${resources}::int + 1), 'off_1', 1, 210000, 210000, 2100, '{s}', '{}',
      case when n % 3 = 0 then 'browser' else 'http' end, 'lnbcrt', 'stream', at, at
    from generate_series(1, ${count}::int) as n,
      lateral (select now() - make_interval(secs => ${spreadSeconds}::float8 * (n - 1) / ${count}::int) as at) as moment`
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`)
}

/** Articles on sale at 210 sats, `article-1` with the id `res_1` first; their content is nowhere. */
export async function insertResources(
  db: Db,
  { creatorId, count }: { creatorId: string; count: number },
): Promise<void> {
  const digest = new Uint8Array(32)
  await db.inTransaction(async (tx) => {
    await tx.$executeRaw`
      insert into service (name, creator_id)
      select short_id || '-a' || n, id from creator, generate_series(1, ${count}::int) as n where id = ${creatorId}`
    await tx.$executeRaw`
      insert into resource (creator_id, id, kind, slug, service, title, lead, published_at, updated_at)
      select id, 'res_' || n, 'article', 'article-' || n, short_id || '-a' || n, 'Article ' || n,
        'What it is about, in one sentence of usual length.', now() - make_interval(secs => n), now() - make_interval(secs => n / 3)
      from creator, generate_series(1, ${count}::int) as n where id = ${creatorId}`
    await tx.$executeRaw`
      insert into article (creator_id, resource_id, words, preview_words, source_digest, preview_digest, body_digest)
      select ${creatorId}, 'res_' || n, 900, 90, ${digest}, ${digest}, ${digest} from generate_series(1, ${count}::int) as n`
    await tx.$executeRaw`
      insert into offer (creator_id, id, resource_id, kind)
      select ${creatorId}, 'off_' || n, 'res_' || n, 'single' from generate_series(1, ${count}::int) as n`
    await tx.$executeRaw`
      insert into price (creator_id, offer_id, version, amount_msat)
      select ${creatorId}, 'off_' || n, 1, 210000 from generate_series(1, ${count}::int) as n`
  })
}
