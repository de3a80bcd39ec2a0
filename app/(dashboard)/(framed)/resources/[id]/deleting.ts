'use server'
/** Tells what would be lost with an article, and takes it away when that was confirmed. */
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { count, resourceId, UNREADABLE } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { countText } from '#app/_server/reads/count-text.ts'
import { findArticle } from '#lib/paywall/resources/article/article-store.ts'
import { type ArticleLoss, deleteArticle, readArticleLoss } from '#lib/paywall/resources/article/delete-article.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'

/** What is lost, with the words that were written. */
export type Loss = ArticleLoss & { readonly words: number }

export type LossAnswer =
  | { readonly kind: 'loss'; readonly loss: Loss }
  | { readonly kind: 'fault'; readonly text: string }

export type DeleteAnswer =
  | { readonly kind: 'deleted'; readonly wasPublished: boolean }
  | { readonly kind: 'changed'; readonly loss: Loss }
  | { readonly kind: 'fault'; readonly text: string }

const GONE = { kind: 'fault', text: 'This article is not there any more.' } as const
const NOT_READ = { kind: 'fault', text: UNREADABLE } as const

export async function askLoss(...sent: [id: string]): Promise<LossAnswer> {
  return await unlessSilent(() => lookUpLoss(sent), {
    kind: 'fault',
    text: 'The database does not answer, so nobody can count what would be lost. Nothing was deleted.',
  })
}

async function lookUpLoss(sent: unknown): Promise<LossAnswer> {
  const { creatorId } = await actAsMember()
  const parsed = z.tuple([resourceId]).safeParse(sent)
  if (!parsed.success) return NOT_READ
  const key = { creatorId, resourceId: parsed.data[0] }
  const loss = await readArticleLoss(webDeps(), key)
  return loss === null ? GONE : { kind: 'loss', loss: await withWords(key, loss) }
}

async function withWords(key: ResourceKey, loss: ArticleLoss): Promise<Loss> {
  const article = await findArticle(webDeps().db, key)
  const { words } = article === null ? { words: 0 } : await countText(article.markdown, article.cutBlock)
  return { ...loss, words }
}

const deletingSchema = z.tuple([
  resourceId,
  z.strictObject({ isPublished: z.boolean(), revision: count, buyers: count }),
])

export async function remove(
  ...sent: [id: string, confirmed: Pick<Loss, 'isPublished' | 'revision' | 'buyers'>]
): Promise<DeleteAnswer> {
  return await unlessSilent(() => takeAway(sent), {
    kind: 'fault',
    text: 'The database does not answer, so this may not be deleted yet. Try again in a moment.',
  })
}

async function takeAway(sent: unknown): Promise<DeleteAnswer> {
  const { creatorId } = await actAsMember()
  const parsed = deletingSchema.safeParse(sent)
  if (!parsed.success) return NOT_READ
  const [id, confirmed] = parsed.data
  const key = { creatorId, resourceId: id }
  const answer = await deleteArticle(webDeps(), { ...key, confirmed })
  if (answer.kind === 'unknown') return GONE
  if (answer.kind === 'changed') return { kind: 'changed', loss: await withWords(key, answer.loss) }
  revalidatePath('/resources')
  return answer
}
