/** Keeps a draft; two editors at once are told of each other, and neither text is lost. */

import { refuseArticle } from '#lib/content/article-limits.ts'
import type { Db, Tx } from '#lib/db.ts'
import type { InvalidInput } from '#lib/errors.ts'
import { newId } from '#lib/ids.ts'
import { lockCreator, raiseChangeNumber } from '#lib/paywall/creators/creator-store.ts'
import { insertFormerSlug } from '#lib/paywall/resources/address-store.ts'
import { countDrafts, findFreeSlug, insertResource, touchResource } from '#lib/paywall/resources/resource-store.ts'
import { suggestSlug } from '#lib/paywall/resources/suggest-slug.ts'
import { refuseDraft } from './article.ts'
import { type Article, type Draft, insertDraft, readArticle, updateDraft } from './article-store.ts'

export interface SaveArticle extends Omit<Draft, 'language'> {
  /** A language tag; null or left out: guessed at publishing. */
  readonly language?: string | null
  readonly creatorId: string
  /** Null for a new article. */
  readonly resourceId: string | null
  /** The revision that the editor began with; null for a new article. */
  readonly revision: number | null
  /**
   * Last part of the address, when the creator chose one; otherwise it follows the title until the first publishing. A
   * published article that gets another one is still found under the old.
   */
  readonly slug?: string
}

export type SavedArticle =
  | { readonly kind: 'saved'; readonly resourceId: string; readonly slug: string; readonly revision: number }
  /** Somebody saved since: their version, to stand beside the one that was not saved. */
  | { readonly kind: 'conflict'; readonly theirs: Article }
  | { readonly kind: 'unknown' }
  | InvalidInput

/** More than anybody writes at once, and as many as a whole blog that is imported; it is asked when a new one begins. */
const MAX_DRAFTS = 1_000

/**
 * Saves a draft, new or changed. What readers see stays as it is until it is published. Answers a sentence for the field
 * `article` when a new one is one too many.
 */
export async function saveArticle(deps: { db: Db; maxDrafts?: number }, input: SaveArticle): Promise<SavedArticle> {
  const fields = refuseInput(input)
  if (Object.keys(fields).length > 0) return { kind: 'invalid', fields }
  return deps.db.asCreator(input.creatorId, async (tx) => {
    if (!(await lockCreator(tx, input.creatorId))) return { kind: 'unknown' }
    if (input.resourceId !== null) return changeArticle(tx, input, input.resourceId)
    return (await refuseTooMany(tx, input.creatorId, deps.maxDrafts ?? MAX_DRAFTS)) ?? createArticle(tx, input)
  })
}

/** The caller holds the creator's row, so drafts that begin together are counted one after the other. */
async function refuseTooMany(tx: Tx, creatorId: string, most: number): Promise<InvalidInput | null> {
  if ((await countDrafts(tx, creatorId)) < most) return null
  const count = most.toLocaleString('en-US')
  const article = `You have ${count} drafts that were never published, and no more can be kept. Publish one or throw one away.`
  return { kind: 'invalid', fields: { article } }
}

function refuseInput(input: SaveArticle): Record<string, string> {
  const refusal = refuseArticle(input.markdown)
  const markdown = refusal === null ? {} : { markdown: `Line ${refusal.line}: ${refusal.message}` }
  return { ...markdown, ...refuseDraft(input) }
}

async function createArticle(tx: Tx, input: SaveArticle): Promise<SavedArticle> {
  const key = { creatorId: input.creatorId, resourceId: newId('res') }
  const slug = await chooseSlug(tx, key, input)
  if (slug === null) return slugTaken
  await insertResource(tx, { ...key, kind: 'article', slug, title: input.title })
  await insertDraft(tx, { ...key, ...draftOf(input) })
  return { kind: 'saved', resourceId: key.resourceId, slug, revision: 1 }
}

async function changeArticle(tx: Tx, input: SaveArticle, resourceId: string): Promise<SavedArticle> {
  const key = { creatorId: input.creatorId, resourceId }
  const current = await readArticle(tx, key)
  if (current === null) return { kind: 'unknown' }
  const isKept = current.publishedAt !== null && input.slug === undefined
  const slug = isKept ? current.slug : await chooseSlug(tx, key, input)
  if (slug === null) return slugTaken
  const revision = await updateDraft(tx, { ...key, ...draftOf(input), revision: input.revision ?? 0 })
  if (revision === null) return { kind: 'conflict', theirs: current }
  if (current.publishedAt !== null && slug !== current.slug) {
    await insertFormerSlug(tx, { ...key, slug: current.slug })
    await raiseChangeNumber(tx, input.creatorId)
  }
  await touchResource(tx, { ...key, slug, title: input.title })
  return { kind: 'saved', resourceId, slug, revision }
}

const slugTaken: InvalidInput = { kind: 'invalid', fields: { slug: 'Another article of yours has this address.' } }

/** A chosen address must be free as it is; one made from the title gets a number. */
async function chooseSlug(
  tx: Tx,
  key: { creatorId: string; resourceId: string },
  input: SaveArticle,
): Promise<string | null> {
  const free = await findFreeSlug(tx, key, input.slug ?? suggestSlug(input.title))
  return input.slug === undefined || input.slug === free ? free : null
}

function draftOf({ title, lead, markdown, language, cutBlock }: SaveArticle): Draft {
  return { title, lead, markdown, language: language ?? null, cutBlock }
}
