'use server'
/** Makes an API that is not on sale yet, and tells its signing secret once. */
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { UNREADABLE } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { setApi } from '#lib/paywall/resources/api/set-api.ts'
import { PROTOCOLS } from '#lib/paywall/resources/api/upstream.ts'
import { suggestSlug } from '#lib/paywall/resources/suggest-slug.ts'

const newApiSchema = z.strictObject({
  title: z.string().max(1_000),
  slug: z.string().max(200),
  url: z.string().max(2_100),
  protocol: z.enum(PROTOCOLS),
})
export type NewApi = z.infer<typeof newApiSchema>

export type MadeApi =
  | { readonly kind: 'made'; readonly resourceId: string; readonly signingSecret: string }
  /** Field -> sentence; `''` is about all of it. */
  | { readonly kind: 'refused'; readonly fields: Readonly<Record<string, string>> }

const refuse = (text: string): MadeApi => ({ kind: 'refused', fields: { '': text } })

export async function makeApi(...sent: [api: NewApi]): Promise<MadeApi> {
  return await unlessSilent(
    () => createFrom(sent[0]),
    refuse('The database does not answer, so this may not be made yet. Look in the list before you press again.'),
  )
}

const FIRST_TIMEOUT_MS = 30_000

async function createFrom(sent: unknown): Promise<MadeApi> {
  const { creatorId } = await actAsMember()
  const parsed = newApiSchema.safeParse(sent)
  if (!parsed.success) return refuse(UNREADABLE)
  const { title, slug, url, protocol } = parsed.data
  const made = await setApi(webDeps(), {
    ...{ creatorId, resourceId: null, title: title.trim(), url: url.trim(), protocol },
    ...{ slug: slug === '' ? suggestSlug(title) : slug, timeoutMs: FIRST_TIMEOUT_MS, headers: {} },
  })
  if (made.kind === 'invalid') return { kind: 'refused', fields: made.fields }
  if (made.kind === 'unknown' || made.signingSecret === null) return refuse(UNREADABLE)
  return { kind: 'made', resourceId: made.resourceId, signingSecret: made.signingSecret }
}
