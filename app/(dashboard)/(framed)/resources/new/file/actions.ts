'use server'
/** Puts an uploaded file on sale and leads to it. */
import { redirect } from 'next/navigation'
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { UNREADABLE, uploadId } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { publishFile } from '#lib/paywall/resources/file/publish-file.ts'

const listingSchema = z.strictObject({
  uploadId,
  title: z.string().max(1_000),
  lead: z.string().max(2_000),
  price: z.string().max(200),
})
export type FileListing = z.infer<typeof listingSchema>

/** Field -> sentence; `''` is about all of it. */
export type ListingFaults = Readonly<Record<string, string>>

export async function sellFile(...sent: [listing: FileListing]): Promise<ListingFaults> {
  return await unlessSilent(() => putOnSale(sent[0]), {
    '': 'The database does not answer, so this may not be on sale yet. Your file is kept; press again in a moment.',
  })
}

async function putOnSale(sent: unknown): Promise<ListingFaults> {
  const { creatorId } = await actAsMember()
  const parsed = listingSchema.safeParse(sent)
  if (!parsed.success) return { '': UNREADABLE }
  const published = await publishFile(webDeps(), { ...parsed.data, creatorId })
  if (published.kind === 'unknown') return { '': UNREADABLE }
  if (published.kind === 'invalid') return published.fields
  redirect(`/resources/${published.resourceId}`)
}
