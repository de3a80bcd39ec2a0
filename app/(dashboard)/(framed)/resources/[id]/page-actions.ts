'use server'
/** What the Content tab of a page can do: say what it says from now on, and where. */
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { count, resourceId, UNREADABLE } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { changePage } from '#lib/paywall/resources/page/publish-page.ts'

const changeSchema = z.tuple([
  resourceId,
  z.strictObject({
    title: z.string().max(1_000),
    lead: z.string().max(2_000),
    origins: z.string().max(10_000),
    markdown: z.string().max(1_000_000),
    revision: count,
  }),
])
type Change = z.infer<typeof changeSchema>[1]

export type PageAnswer =
  | { readonly kind: 'done'; readonly revision: number; readonly text: string }
  /** Field -> sentence; `''` is about all of it. */
  | { readonly kind: 'refused'; readonly fields: Readonly<Record<string, string>> }

const refuse = (text: string): PageAnswer => ({ kind: 'refused', fields: { '': text } })

export async function savePage(...sent: [id: string, change: Change]): Promise<PageAnswer> {
  return await unlessSilent(
    () => save(sent),
    refuse('The database does not answer, so this may not be done yet. Press again in a moment.'),
  )
}

async function save(sent: unknown): Promise<PageAnswer> {
  const { creatorId } = await actAsMember()
  const parsed = changeSchema.safeParse(sent)
  if (!parsed.success) return refuse(UNREADABLE)
  const [id, change] = parsed.data
  const changed = await changePage(webDeps(), { ...change, creatorId, resourceId: id })
  if (changed.kind === 'unknown') return refuse('This page is not there any more.')
  if (changed.kind === 'conflict')
    return refuse('Somebody else changed this page. Keep your text elsewhere, and reload to see theirs.')
  if (changed.kind === 'invalid') return { kind: 'refused', fields: changed.fields }
  revalidatePath(`/resources/${id}`, 'layout')
  return { kind: 'done', revision: changed.revision, text: 'Kept. It holds for every request within 2 s.' }
}
