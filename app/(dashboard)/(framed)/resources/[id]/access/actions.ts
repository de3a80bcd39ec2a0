'use server'
/** What the Access tab can do: session and membership, parse, one verb, answer. */
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { resourceId, UNREADABLE } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { sha256 } from '#lib/crypto.ts'
import { addBlock, removeBlock } from '#lib/paywall/blocks/change-blocks.ts'
import type { AccessInput } from '#lib/paywall/resources/access.ts'
import { setAccess } from '#lib/paywall/resources/set-access.ts'

export type AccessAnswer =
  | { readonly kind: 'done'; readonly text: string }
  | { readonly kind: 'refused'; readonly fields: Readonly<Record<string, string>>; readonly text: string }

const SILENT = 'The database does not answer, so this may not hold yet. Press again in a moment.'

function refuse(text: string, fields: Readonly<Record<string, string>> = {}): AccessAnswer {
  return { kind: 'refused', fields, text }
}

const typed = z.string().max(20)
const accessSchema = z.tuple([
  resourceId,
  z.strictObject({
    requireSettled: z.boolean(),
    browsersPay: z.boolean(),
    rateRequests: typed,
    rateSeconds: typed,
    atOnce: typed,
  }),
])

export async function saveAccess(...sent: [id: string, access: AccessInput]): Promise<AccessAnswer> {
  return await unlessSilent(() => changeAccess(sent), refuse(SILENT))
}

async function changeAccess(sent: unknown): Promise<AccessAnswer> {
  const member = await actAsMember()
  const parsed = accessSchema.safeParse(sent)
  if (!parsed.success) return refuse(UNREADABLE)
  const [id, access] = parsed.data
  const saved = await setAccess(webDeps(), { creatorId: member.creatorId, resourceId: id, ...access })
  if (saved.kind === 'unknown') return refuse('This resource is not there any more.')
  if (saved.kind === 'invalid') return refuse('Nothing was changed yet.', saved.fields)
  revalidatePath(`/resources/${id}/access`)
  return { kind: 'done', text: 'Saved. It holds for everybody who comes within 2 s.' }
}

const blockSchema = z.tuple([resourceId, z.string().max(20_000), z.string().max(1_000)])

/** `subject` is a network or a token, in any form in which somebody meets one. */
export async function block(...sent: [id: string, subject: string, note: string]): Promise<AccessAnswer> {
  return await unlessSilent(() => keepOut(sent), refuse(SILENT))
}

async function keepOut(sent: unknown): Promise<AccessAnswer> {
  const member = await actAsMember()
  const parsed = blockSchema.safeParse(sent)
  if (!parsed.success) return refuse(UNREADABLE)
  const [id, subject, note] = parsed.data
  const blocked = await addBlock({ ...webDeps(), sha256 }, { creatorId: member.creatorId, subject, note })
  if (blocked.kind === 'invalid') return refuse('Nobody was blocked.', blocked.fields)
  revalidatePath(`/resources/${id}/access`)
  return { kind: 'done', text: blocked.kind === 'applied' ? 'Blocked, within 2 s.' : 'This is blocked already.' }
}

const unblockSchema = z.tuple([resourceId, z.string().regex(/^blk_[0-9a-z]{26}$/)])

export async function unblock(...sent: [id: string, blockId: string]): Promise<AccessAnswer> {
  return await unlessSilent(() => letIn(sent), refuse(SILENT))
}

async function letIn(sent: unknown): Promise<AccessAnswer> {
  const member = await actAsMember()
  const parsed = unblockSchema.safeParse(sent)
  if (!parsed.success) return refuse(UNREADABLE)
  const [id, blockId] = parsed.data
  await removeBlock(webDeps(), { creatorId: member.creatorId, id: blockId })
  revalidatePath(`/resources/${id}/access`)
  return { kind: 'done', text: 'Let in again, within 2 s.' }
}
