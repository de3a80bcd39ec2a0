'use server'
/** What the Content tab of a file can do: describe it, sell other bytes, look whether parts of it can be read. */
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { count, resourceId, UNREADABLE, uploadId } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { checkRanges } from '#lib/paywall/resources/file/check-ranges.ts'
import { describeFile } from '#lib/paywall/resources/file/describe-file.ts'
import { findFile } from '#lib/paywall/resources/file/file-store.ts'
import { replaceFile } from '#lib/paywall/resources/file/replace-file.ts'

/** `fields`: field -> sentence; `''` is about all of it. */
export type FileAnswer =
  | { readonly kind: 'done'; readonly text: string }
  | { readonly kind: 'refused'; readonly fields: Readonly<Record<string, string>> }

const refuse = (text: string): FileAnswer => ({ kind: 'refused', fields: { '': text } })
const SILENT = refuse('The database does not answer, so this may not be done yet. Press again in a moment.')
const GONE = refuse('This file is not there any more.')

const describingSchema = z.tuple([
  resourceId,
  z.strictObject({ title: z.string().max(1_000), lead: z.string().max(2_000) }),
])

export async function saveListing(
  ...sent: [id: string, listing: { title: string; lead: string }]
): Promise<FileAnswer> {
  return await unlessSilent(async () => {
    const { creatorId } = await actAsMember()
    const parsed = describingSchema.safeParse(sent)
    if (!parsed.success) return refuse(UNREADABLE)
    const [id, listing] = parsed.data
    const described = await describeFile(webDeps(), { creatorId, resourceId: id, ...listing })
    if (described.kind === 'unknown') return GONE
    if (described.kind === 'invalid') return { kind: 'refused', fields: described.fields }
    revalidatePath(`/resources/${id}`, 'layout')
    return { kind: 'done', text: 'Kept. Readers see it within 2 s.' }
  }, SILENT)
}

const replacingSchema = z.tuple([
  resourceId,
  z.union([z.strictObject({ uploadId }), z.strictObject({ version: count })]),
])

/** By an upload that is here, or by a version of before. */
export async function sellVersion(
  ...sent: [id: string, by: { uploadId: string } | { version: number }]
): Promise<FileAnswer> {
  return await unlessSilent(async () => {
    const { creatorId } = await actAsMember()
    const parsed = replacingSchema.safeParse(sent)
    if (!parsed.success) return refuse(UNREADABLE)
    const [id, by] = parsed.data
    const replaced = await replaceFile(webDeps(), { creatorId, resourceId: id, by })
    if (replaced.kind === 'unknown') return GONE
    if (replaced.kind === 'invalid') return { kind: 'refused', fields: replaced.fields }
    revalidatePath(`/resources/${id}`, 'layout')
    return { kind: 'done', text: `Version ${replaced.version} is sold from now on; who bought the file gets it too.` }
  }, SILENT)
}

/** Reads the first bytes and the last where they lie. */
export async function tryRanges(...sent: [id: string]): Promise<FileAnswer> {
  return await unlessSilent(async () => {
    const { creatorId } = await actAsMember()
    const parsed = resourceId.safeParse(sent[0])
    const file = parsed.success ? await findFile(webDeps().db, { creatorId, resourceId: parsed.data }) : null
    if (file === null) return GONE
    const ms = await checkRanges(webDeps().blobs, file.current)
    if (ms === null)
      return refuse('The bytes are missing or damaged on our side, so the file is not sold. Upload it again.')
    return { kind: 'done', text: `Ranges work: bytes 0–1 in ${Math.max(1, Math.round(ms))} ms.` }
  }, SILENT)
}
