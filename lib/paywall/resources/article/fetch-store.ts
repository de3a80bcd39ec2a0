/** Every query on pictures that lie elsewhere and are to be fetched. */
import type { Tx } from '#lib/db.ts'
import { decodeHex } from '#lib/l402/bytes.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'

/** One picture to fetch; `url` is as the text of the article has it. */
export interface PictureFetch extends ResourceKey {
  readonly url: string
}

/** What became of one: a picture of the article, or a sentence why not. */
export type FetchEnd =
  | { readonly kind: 'fetched'; readonly digest: string }
  | { readonly kind: 'failed'; readonly problem: string }

/** Asks for these again from the beginning, whatever became of them before. */
export async function insertFetches(tx: Tx, key: ResourceKey, urls: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    insert into picture_fetch (creator_id, resource_id, url)
    select ${key.creatorId}, ${key.resourceId}, url from unnest(${[...urls]}::text[]) as asked(url)
    on conflict (creator_id, resource_id, url) do update
      set asked_at = excluded.asked_at, ended_at = null, digest = null, problem = null`
}

/** How many of a creator's wait, in all articles. */
export async function countWaiting(tx: Tx, creatorId: string): Promise<number> {
  return tx.pictureFetch.count({ where: { creatorId, endedAt: null } })
}

/** Takes away what has come to its end, and answers it beside how many still wait. Of two callers at once each end goes to one. */
export async function takeEnded(
  tx: Tx,
  key: ResourceKey,
): Promise<{ waiting: number; ended: { url: string; end: FetchEnd }[] }> {
  const rows = await tx.$queryRaw<{ url: string; digest: string | null; problem: string | null }[]>`
    delete from picture_fetch
    where creator_id = ${key.creatorId} and resource_id = ${key.resourceId} and ended_at is not null
    returning url, encode(digest, 'hex') as digest, problem`
  const waiting = await tx.pictureFetch.count({ where: { creatorId: key.creatorId, resourceId: key.resourceId } })
  const ended = rows.map(({ url, digest, problem }) => ({
    url,
    end: digest === null ? { kind: 'failed' as const, problem: problem ?? '' } : { kind: 'fetched' as const, digest },
  }))
  return { waiting, ended }
}

/** At most `limit` that wait: each creator's first before anybody's second, so that nobody waits for another's hundred. */
export async function listWaiting(tx: Tx, limit: number): Promise<PictureFetch[]> {
  return tx.$queryRaw<PictureFetch[]>`
    select creator_id as "creatorId", resource_id as "resourceId", url
    from (select *, row_number() over (partition by creator_id order by asked_at, url) as turn
      from picture_fetch where ended_at is null) as waiting
    order by turn, asked_at limit ${limit}`
}

/** Writes how one ended, unless it was taken back or ended already. */
export async function endFetch(tx: Tx, { creatorId, resourceId, url }: PictureFetch, at: Date, end: FetchEnd) {
  const digest = end.kind === 'fetched' ? decodeHex(end.digest) : null
  const problem = end.kind === 'failed' ? end.problem : null
  await tx.$executeRaw`
    update picture_fetch set ended_at = ${at}, digest = ${digest}, problem = ${problem}
    where creator_id = ${creatorId} and resource_id = ${resourceId} and url = ${url} and ended_at is null`
}

/** Deletes at most `limit` asked for before `before`: nobody came back for them. Answers how many. */
export async function deleteFetches(tx: Tx, key: { before: Date; limit: number }): Promise<number> {
  return tx.$executeRaw`delete from picture_fetch where (creator_id, resource_id, url) in (
    select creator_id, resource_id, url from picture_fetch where asked_at < ${key.before} order by asked_at limit ${key.limit})`
}
