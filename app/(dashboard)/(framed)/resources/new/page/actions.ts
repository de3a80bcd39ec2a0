'use server'
/** Puts a page on sale and leads to it. */
import { redirect } from 'next/navigation'
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { UNREADABLE } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { publishPage } from '#lib/paywall/resources/page/publish-page.ts'

const newPageSchema = z.strictObject({
  title: z.string().max(1_000),
  lead: z.string().max(2_000),
  origins: z.string().max(10_000),
  markdown: z.string().max(1_000_000),
  price: z.string().max(200),
})
export type NewPageFields = z.infer<typeof newPageSchema>

/** Field -> sentence; `''` is about all of it. */
export async function sellPage(...sent: [page: NewPageFields]): Promise<Readonly<Record<string, string>>> {
  return await unlessSilent(() => putOnSale(sent[0]), {
    '': 'The database does not answer, so this may not be on sale yet. Look in the list before you press again.',
  })
}

async function putOnSale(sent: unknown): Promise<Readonly<Record<string, string>>> {
  const { creatorId } = await actAsMember()
  const parsed = newPageSchema.safeParse(sent)
  if (!parsed.success) return { '': UNREADABLE }
  const published = await publishPage(webDeps(), { ...parsed.data, creatorId })
  if (published.kind === 'unknown') return { '': UNREADABLE }
  if (published.kind === 'invalid') return published.fields
  redirect(`/resources/${published.resourceId}`)
}
