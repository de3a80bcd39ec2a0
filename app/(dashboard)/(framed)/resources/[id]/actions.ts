'use server'
/** What the two tabs of a resource can do: session and membership, parse, one verb, answer. */
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { creatorUrl } from '#app/_server/http/creator-url.ts'
import { count, plainFields, resourceId, UNREADABLE } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { toDraft } from '#app/_server/reads/resources.ts'
import type { Draft, SaveAnswer } from '#app/_ui/editor/draft.ts'
import { formatCount } from '#app/_ui/format.ts'
import { formatSats } from '#lib/money.ts'
import { setPrice } from '#lib/paywall/offers/set-price.ts'
import { type PublishedArticle, publishArticle } from '#lib/paywall/resources/article/publish-article.ts'
import { saveArticle } from '#lib/paywall/resources/article/save-article.ts'
import { findVersion } from '#lib/paywall/resources/article/version-store.ts'
import { pauseResource } from '#lib/paywall/resources/pause-resource.ts'
import type { OutcomeNote } from './outcome.tsx'

const draftSchema = z.strictObject({
  revision: count,
  title: z.string(),
  lead: z.string(),
  slug: z.string().nullable(),
  // A page that was open before there was a choice of language sends none.
  language: z.string().max(35).nullable().default(null),
  markdown: z.string(),
  cutBlock: count,
})
const savingSchema = z.tuple([resourceId, draftSchema])

export async function saveDraft(...sent: [id: string, draft: Draft]): Promise<SaveAnswer> {
  return await unlessSilent(() => keepDraft(sent), {
    kind: 'down',
    message: 'Not kept yet, the database does not answer',
  })
}

async function keepDraft(sent: unknown): Promise<SaveAnswer> {
  const member = await actAsMember()
  const parsed = savingSchema.safeParse(sent)
  if (!parsed.success) return { kind: 'invalid', fields: { article: UNREADABLE } }
  const [id, { slug, ...draft }] = parsed.data
  const saved = await saveArticle(webDeps(), {
    ...draft,
    ...(slug === null ? {} : { slug }),
    resourceId: id,
    creatorId: member.creatorId,
  })
  if (saved.kind === 'saved') return { kind: 'saved', revision: saved.revision, slug: saved.slug }
  if (saved.kind === 'conflict') return { kind: 'conflict', theirs: toDraft(saved.theirs) }
  return saved.kind === 'invalid'
    ? saved
    : { kind: 'invalid', fields: { article: 'This article is not there any more.' } }
}

const publishingSchema = z.tuple([resourceId, count, z.string().max(200).nullable()])

/** `price` in sats as typed; `null`: none was ever named. */
export async function publish(...sent: [id: string, revision: number, price: string | null]): Promise<OutcomeNote> {
  return await unlessSilent(() => putOnSale(sent), {
    kind: 'fault',
    text: 'The database does not answer, so this may not be published yet. Your text is kept; press again in a moment.',
  })
}

async function putOnSale(sent: unknown): Promise<OutcomeNote> {
  const member = await actAsMember()
  const parsed = publishingSchema.safeParse(sent)
  if (!parsed.success) return { kind: 'fault', text: UNREADABLE }
  const [id, revision, price] = parsed.data
  const published = await publishArticle(webDeps(), {
    ...{ resourceId: id, revision, creatorId: member.creatorId },
    ...(price === null ? {} : { price }),
  })
  if (published.kind !== 'published') return publishRefused(published)
  revalidatePath(`/resources/${id}`, 'layout')
  const left = published.removed.length
  return {
    kind: 'done',
    text:
      left === 0
        ? 'Live. Readers see this version.'
        : `Live. The page leaves out or changes ${formatCount(left)} ${left === 1 ? 'thing' : 'things'}, listed beside the text.`,
    url: creatorUrl(member.handle, [published.slug]) ?? '',
  }
}

function publishRefused(answer: Exclude<PublishedArticle, { kind: 'published' }>): OutcomeNote {
  if (answer.kind === 'conflict')
    return { kind: 'fault', text: 'Somebody saved this article meanwhile. Change anything here to see both versions.' }
  if (answer.kind === 'unknown') return { kind: 'fault', text: 'This article is not there any more.' }
  return { kind: 'refused', fields: answer.fields }
}

const versionSchema = z.tuple([resourceId, count])

export type VersionAnswer =
  | { readonly kind: 'version'; readonly version: Omit<Draft, 'revision' | 'slug'> }
  | { readonly kind: 'fault'; readonly text: string }

/** What was published at a revision, to go on writing from it; nothing changes by asking. */
export async function readVersion(...sent: [id: string, revision: number]): Promise<VersionAnswer> {
  return await unlessSilent(() => lookUpVersion(sent), {
    kind: 'fault',
    text: 'The database does not answer. Try again.',
  })
}

async function lookUpVersion(sent: unknown): Promise<VersionAnswer> {
  const member = await actAsMember()
  const parsed = versionSchema.safeParse(sent)
  if (!parsed.success) return { kind: 'fault', text: UNREADABLE }
  const [id, revision] = parsed.data
  const version = await findVersion(webDeps().db, { creatorId: member.creatorId, resourceId: id, revision })
  return version === null
    ? { kind: 'fault', text: 'This version is not there any more.' }
    : { kind: 'version', version }
}

const pausingSchema = z.strictObject({ resourceId, paused: z.enum(['yes', 'no']) })

/** Answers a sentence when it could not be done. */
export async function setPaused(form: FormData): Promise<string | null> {
  return await unlessSilent(
    () => pauseOrResume(form),
    'The database does not answer, so this may not be done yet. Press again in a moment.',
  )
}

async function pauseOrResume(form: FormData): Promise<string | null> {
  const member = await actAsMember()
  const parsed = pausingSchema.safeParse(plainFields(form))
  if (!parsed.success) return UNREADABLE
  const { resourceId: id, paused } = parsed.data
  await pauseResource(webDeps(), { creatorId: member.creatorId, resourceId: id, paused: paused === 'yes' })
  revalidatePath(`/resources/${id}`, 'layout')
  return null
}

export type PriceAnswer =
  | { readonly kind: 'done'; readonly text: string }
  | { readonly kind: 'fault'; readonly text: string }

/** `sats`, or a currency. */
const unit = z.string().max(4)
const pricingSchema = z.tuple([resourceId, z.string().max(200), unit])

export async function savePrice(...sent: [id: string, price: string, unit: string]): Promise<PriceAnswer> {
  return await unlessSilent(() => changePrice(sent), {
    kind: 'fault',
    text: 'The database does not answer, so this price may not hold yet. Save it again in a moment.',
  })
}

async function changePrice(sent: unknown): Promise<PriceAnswer> {
  const member = await actAsMember()
  const parsed = pricingSchema.safeParse(sent)
  if (!parsed.success) return { kind: 'fault', text: UNREADABLE }
  const [id, price, currency] = parsed.data
  const own = { creatorId: member.creatorId, resourceId: id, price }
  const set = await setPrice(webDeps(), currency === 'sats' ? own : { ...own, currency })
  if (set.kind === 'unknown') return { kind: 'fault', text: 'This resource is not there any more.' }
  if (set.kind === 'invalid') return { kind: 'fault', text: set.fields.price ?? 'This price cannot be set.' }
  const sats = formatSats(set.amountMsat)
  if (currency !== 'sats') {
    const text = `New challenges ask ${price} ${currency} within 2 s: ${sats} sats now.`
    return { kind: 'done', text: set.kind === 'applied' ? text : `${price} ${currency} is the price already.` }
  }
  return {
    kind: 'done',
    text: set.kind === 'applied' ? `New challenges ask ${sats} sats within 2 s.` : `${sats} sats is the price already.`,
  }
}
