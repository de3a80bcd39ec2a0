/** Pages for tests of what is sold: made by the verbs that the dashboard uses. */
import { systemClock } from '#lib/clock.ts'
import { createBlobFolder } from '#lib/content/blob-folder.ts'
import {
  type ChangedPage,
  changePage,
  type NewPage,
  type PublishPageDeps,
  publishPage,
} from '#lib/paywall/resources/page/publish-page.ts'
import type { TestGateway } from './gateway.ts'
import { testRenderer } from './renderer.ts'

export function pageDeps({ database, contentFolder }: TestGateway): PublishPageDeps {
  return { db: database.owner, blobs: createBlobFolder(contentFolder), renderer: testRenderer, clock: systemClock }
}

/** Priced and published, as its creator would. */
export async function publishPageSeed(
  gateway: TestGateway,
  page: Omit<NewPage, 'creatorId' | 'lead'>,
): Promise<{ resourceId: string; slug: string }> {
  const published = await publishPage(pageDeps(gateway), { creatorId: gateway.creatorId, lead: '', ...page })
  if (published.kind !== 'published') throw new TypeError(`not published: ${JSON.stringify(published)}`)
  return published
}

export function changePageSeed(gateway: TestGateway, page: Omit<ChangedPage, 'creatorId' | 'lead'>) {
  return changePage(pageDeps(gateway), { creatorId: gateway.creatorId, lead: '', ...page })
}
