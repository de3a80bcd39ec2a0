'use server'
/** Tells what would be lost with a resource of any kind, and takes it away when that was confirmed. */
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { count, resourceId, UNREADABLE } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { countText } from '#app/_server/reads/count-text.ts'
import { type ApiLoss, type ConfirmedApiLoss, deleteApi, readApiLoss } from '#lib/paywall/resources/api/delete-api.ts'
import { findArticle } from '#lib/paywall/resources/article/article-store.ts'
import {
  type ArticleLoss,
  type ConfirmedLoss,
  deleteArticle,
  readArticleLoss,
} from '#lib/paywall/resources/article/delete-article.ts'
import {
  type ConfirmedFileLoss,
  deleteFile,
  type FileLoss,
  readFileLoss,
} from '#lib/paywall/resources/file/delete-file.ts'
import {
  type ConfirmedPageLoss,
  deletePage,
  type PageLoss,
  readPageLoss,
} from '#lib/paywall/resources/page/delete-page.ts'
import type { ResourceKey } from '#lib/paywall/resources/resource.ts'

/** What is lost; of an article with the words that were written. */
export type Loss = (ArticleLoss & { readonly words: number }) | FileLoss | PageLoss | ApiLoss

export type LossAnswer =
  | { readonly kind: 'loss'; readonly loss: Loss }
  | { readonly kind: 'fault'; readonly text: string }

export type DeleteAnswer =
  | { readonly kind: 'deleted'; readonly wasPublished: boolean }
  | { readonly kind: 'changed'; readonly loss: Loss }
  | { readonly kind: 'fault'; readonly text: string }

const GONE = { kind: 'fault', text: 'This resource is not there any more.' } as const
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
  if (loss !== null) return { kind: 'loss', loss: await withWords(key, loss) }
  const other =
    (await readFileLoss(webDeps(), key)) ?? (await readPageLoss(webDeps(), key)) ?? (await readApiLoss(webDeps(), key))
  return other === null ? GONE : { kind: 'loss', loss: other }
}

async function withWords(key: ResourceKey, loss: ArticleLoss): Promise<Loss> {
  const article = await findArticle(webDeps().db, key)
  const { words } = article === null ? { words: 0 } : await countText(article.markdown, article.cutBlock)
  return { ...loss, words }
}

const confirmedSchema = z.union([
  z.strictObject({ isPublished: z.boolean(), revision: count, buyers: count }),
  z.strictObject({ isPublished: z.boolean(), routes: count, buyers: count }),
  z.strictObject({ isPublished: z.literal(true), fileVersions: count, buyers: count }),
  z.strictObject({ isPublished: z.literal(true), pageRevision: count, buyers: count }),
])
const deletingSchema = z.tuple([resourceId, confirmedSchema])

export async function remove(...sent: [id: string, confirmed: z.infer<typeof confirmedSchema>]): Promise<DeleteAnswer> {
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
  const answer = await takeByKind(key, confirmed)
  if (answer.kind === 'deleted') revalidatePath('/resources')
  return answer
}

function takeByKind(key: ResourceKey, confirmed: z.infer<typeof confirmedSchema>): Promise<DeleteAnswer> {
  if ('revision' in confirmed) return takeArticle(key, confirmed)
  if ('pageRevision' in confirmed) return takePage(key, confirmed)
  return 'routes' in confirmed ? takeApi(key, confirmed) : takeFile(key, confirmed)
}

async function takeArticle(key: ResourceKey, confirmed: ConfirmedLoss): Promise<DeleteAnswer> {
  const answer = await deleteArticle(webDeps(), { ...key, confirmed })
  if (answer.kind === 'unknown') return GONE
  return answer.kind === 'changed' ? { kind: 'changed', loss: await withWords(key, answer.loss) } : answer
}

async function takeFile(key: ResourceKey, confirmed: ConfirmedFileLoss): Promise<DeleteAnswer> {
  const answer = await deleteFile(webDeps(), { ...key, confirmed })
  return answer.kind === 'unknown' ? GONE : answer
}

async function takePage(key: ResourceKey, confirmed: ConfirmedPageLoss): Promise<DeleteAnswer> {
  const answer = await deletePage(webDeps(), { ...key, confirmed })
  return answer.kind === 'unknown' ? GONE : answer
}

async function takeApi(key: ResourceKey, confirmed: ConfirmedApiLoss): Promise<DeleteAnswer> {
  const answer = await deleteApi(webDeps(), { ...key, confirmed })
  return answer.kind === 'unknown' ? GONE : answer
}
