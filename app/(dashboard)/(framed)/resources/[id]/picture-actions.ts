'use server'
/** Pictures that lie elsewhere: asked for here, fetched by the jobs, looked after until each came to its end. */
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { resourceId, UNREADABLE } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { askPictures } from '#lib/paywall/resources/article/ask-pictures.ts'
import { takeEnded } from '#lib/paywall/resources/article/fetch-store.ts'

/** `null`: they are being fetched. */
export type AskAnswer = string | null

const askingSchema = z.tuple([resourceId, z.array(z.string().max(4_000)).min(1).max(200)])

/** Answers a sentence when they could not be asked for. */
export async function askForPictures(...sent: [id: string, urls: readonly string[]]): Promise<AskAnswer> {
  return await unlessSilent(() => ask(sent), 'The database does not answer. Press again in a moment.')
}

async function ask(sent: unknown): Promise<AskAnswer> {
  const member = await actAsMember()
  const parsed = askingSchema.safeParse(sent)
  if (!parsed.success) return UNREADABLE
  const [id, urls] = parsed.data
  const asked = await askPictures(webDeps(), { creatorId: member.creatorId, resourceId: id, urls })
  if (asked.kind === 'asked') return null
  return asked.kind === 'unknown' ? 'This article is not there any more.' : (asked.fields.pictures ?? UNREADABLE)
}

export interface EndedPicture {
  readonly url: string
  /** The picture that it is now, or a sentence why it is none. */
  readonly end:
    | { readonly kind: 'fetched'; readonly digest: string }
    | { readonly kind: 'failed'; readonly problem: string }
}

export type CollectAnswer =
  | { readonly kind: 'collected'; readonly waiting: number; readonly ended: readonly EndedPicture[] }
  | { readonly kind: 'silent' }

/** What came to its end since the last time, each told once. */
export async function collectPictures(...sent: [id: string]): Promise<CollectAnswer> {
  return await unlessSilent(() => collect(sent), { kind: 'silent' })
}

async function collect(sent: unknown): Promise<CollectAnswer> {
  const member = await actAsMember()
  const parsed = z.tuple([resourceId]).safeParse(sent)
  if (!parsed.success) return { kind: 'collected', waiting: 0, ended: [] }
  const key = { creatorId: member.creatorId, resourceId: parsed.data[0] }
  return { kind: 'collected', ...(await webDeps().db.asCreator(key.creatorId, (tx) => takeEnded(tx, key))) }
}
