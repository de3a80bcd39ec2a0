/** Articles for tests of what is sold: made by the verbs that the dashboard uses, so they are what a gateway meets. */
import { systemClock } from '#lib/clock.ts'
import { createBlobFolder } from '#lib/content/blob-folder.ts'
import { createCreator } from '#lib/paywall/creators/create-creator.ts'
import { setPrice } from '#lib/paywall/offers/set-price.ts'
import { attachPicture } from '#lib/paywall/resources/article/attach-picture.ts'
import { publishArticle } from '#lib/paywall/resources/article/publish-article.ts'
import { saveArticle } from '#lib/paywall/resources/article/save-article.ts'
import type { TestDatabase } from './database.ts'
import { testPictures, testRenderer } from './renderer.ts'

export interface ArticleSeed {
  readonly title: string
  readonly sats: number
  readonly creatorId?: string
  /** Sentences behind the cut, beside the one that is looked for. */
  readonly sentences?: number
  /** Nothing stands before the cut. */
  readonly isClosed?: true
  /** Pictures before and behind the cut. */
  readonly pictures?: { readonly free: Uint8Array; readonly paid: Uint8Array }
}

/** A sentence that stands only behind the cut of every article of these tests. */
export const PAID_SENTENCE = 'Nobody reads this sentence without paying.'
export const FREE_SENTENCE = 'Anybody may read this sentence.'

/** A person who sells under this handle; answers the creator's id. */
export async function createSeller(database: Pick<TestDatabase, 'owner'>, handle: string): Promise<string> {
  const userId = `usr_${handle}`
  await database.owner.client.user.create({ data: { id: userId, email: `${handle}@example.org` } })
  const created = await createCreator({ db: database.owner }, { userId, handle, name: `${handle} Notes` })
  if (created.kind !== 'created') throw new TypeError(`creator ${handle} was not made`)
  return created.creatorId
}

/** Saves, prices and publishes an article, as its creator would. */
export async function publishSeed(
  database: Pick<TestDatabase, 'owner'>,
  seed: ArticleSeed & { creatorId: string; contentFolder: string },
): Promise<{ resourceId: string; service: string }> {
  const { creatorId, title } = seed
  const db = database.owner
  const blobs = createBlobFolder(seed.contentFolder)
  const more = 'The tide turns twice a day, and nobody in the harbour asks it why. '.repeat(seed.sentences ?? 0)
  const draft = (free: string, paid: string) => ({
    creatorId,
    title,
    lead: `On ${title}`,
    markdown: [`${FREE_SENTENCE}${free}`, `${PAID_SENTENCE}${paid}`, `${more}The end.`].join('\n\n'),
    cutBlock: seed.isClosed ? 0 : 1,
  })
  const first = await saveArticle({ db }, { ...draft('', ''), resourceId: null, revision: null })
  if (first.kind !== 'saved') throw new TypeError(`not saved: ${JSON.stringify(first)}`)
  let { resourceId, revision } = first
  if (seed.pictures !== undefined) {
    const [free, paid] = await Promise.all(
      [seed.pictures.free, seed.pictures.paid].map((bytes) =>
        attachPicture({ db, blobs, pictures: testPictures }, { creatorId, resourceId, bytes }),
      ),
    )
    if (free?.kind !== 'attached' || paid?.kind !== 'attached') throw new TypeError('a picture was not attached')
    const text = draft(`\n\n![free](${free.reference})`, `\n\n![paid](${paid.reference})`)
    const saved = await saveArticle({ db }, { ...text, cutBlock: 2, resourceId, revision })
    if (saved.kind !== 'saved') throw new TypeError(`not saved: ${JSON.stringify(saved)}`)
    revision = saved.revision
  }
  await setPrice({ db }, { creatorId, resourceId, price: String(seed.sats) })
  const published = await publishArticle(
    { db, blobs, renderer: testRenderer, clock: systemClock },
    { creatorId, resourceId, revision },
  )
  if (published.kind !== 'published') throw new TypeError(`not published: ${JSON.stringify(published)}`)
  return { resourceId, service: published.service }
}
