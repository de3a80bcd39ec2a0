/** What the pages of an API show; what is sealed is in none of them. */
import 'server-only'
import { notFound } from 'next/navigation'
import { cache } from 'react'
import type { Membership } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { creatorUrl } from '#app/_server/http/creator-url.ts'
import { resourceId as isResourceId } from '#app/_server/http/page-input.ts'
import { type EditedApi, findEditedApi } from '#lib/paywall/resources/api/edited-api-store.ts'

export interface ApiPage extends EditedApi {
  /** Where programs find it, without a slash at its end. */
  readonly address: string
}

const findApi = cache(async (creatorId: string, resourceId: string): Promise<EditedApi | null> => {
  return isResourceId.safeParse(resourceId).success ? findEditedApi(webDeps().db, { creatorId, resourceId }) : null
})

/** `null`: it is a resource of another kind, or none. */
export async function findApiPage(member: Membership, resourceId: string): Promise<ApiPage | null> {
  const api = await findApi(member.creatorId, resourceId)
  return api === null ? null : { ...api, address: creatorUrl(member.handle, [api.slug]) ?? '' }
}

/** The API, or the 404 page for any other id. */
export async function requireApi(member: Membership, resourceId: string): Promise<ApiPage> {
  return (await findApiPage(member, resourceId)) ?? notFound()
}
