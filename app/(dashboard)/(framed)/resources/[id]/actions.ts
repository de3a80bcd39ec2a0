'use server'
/** What the two tabs of a resource can do: session and membership, parse, one verb, answer. */
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { actAsMember } from '#app/_server/act.ts'
import { creatorUrl } from '#app/_server/creator-url.ts'
import { webDeps } from '#app/_server/deps.ts'
import { toDraft } from '#app/_server/resources.ts'
import type { Draft, SaveAnswer } from '#app/_ui/editor/draft.ts'
import { formatCount } from '#app/_ui/format.ts'
import { formatSats } from '#lib/money.ts'
import { pauseResource } from '#lib/paywall/resources/pause-resource.ts'
import { type PublishedArticle, publishArticle } from '#lib/paywall/resources/publish-article.ts'
import { saveArticle } from '#lib/paywall/resources/save-article.ts'
import { setPrice } from '#lib/paywall/resources/set-price.ts'
import type { OutcomeNote } from './outcome.tsx'

const resourceId = z.string().max(40)
const draftSchema = z.strictObject({
  revision: z.int(),
  title: z.string(),
  lead: z.string(),
  slug: z.string().nullable(),
  markdown: z.string(),
  cutBlock: z.int(),
})

export async function saveDraft(id: string, draft: Draft): Promise<SaveAnswer> {
  const member = await actAsMember()
  const input = { resourceId: resourceId.parse(id), ...draftSchema.parse(draft) }
  const { slug, ...rest } = input
  const saved = await saveArticle(webDeps(), {
    ...rest,
    ...(slug === null ? {} : { slug }),
    creatorId: member.creatorId,
  })
  if (saved.kind === 'saved') return { kind: 'saved', revision: saved.revision, slug: saved.slug }
  if (saved.kind === 'conflict') return { kind: 'conflict', theirs: toDraft(saved.theirs) }
  return saved.kind === 'invalid'
    ? saved
    : { kind: 'invalid', fields: { article: 'This article is not there any more.' } }
}

export async function publish(id: string, revision: number): Promise<OutcomeNote> {
  const member = await actAsMember()
  const input = { resourceId: resourceId.parse(id), revision: z.int().parse(revision), creatorId: member.creatorId }
  const published = await publishArticle(webDeps(), input)
  if (published.kind !== 'published') return publishRefused(published)
  revalidatePath(`/resources/${input.resourceId}`, 'layout')
  const left = published.removed.length
  return {
    kind: 'done',
    text:
      left === 0
        ? 'Live. Readers see this version.'
        : `Live. The page leaves out ${formatCount(left)} ${left === 1 ? 'thing' : 'things'}, listed below.`,
    url: creatorUrl(member.handle, [published.slug]) ?? '',
  }
}

function publishRefused(answer: Exclude<PublishedArticle, { kind: 'published' }>): OutcomeNote {
  if (answer.kind === 'conflict')
    return { kind: 'fault', text: 'Somebody saved this article meanwhile. Change anything here to see both versions.' }
  if (answer.kind === 'unknown') return { kind: 'fault', text: 'This article is not there any more.' }
  const { price, ...others } = answer.fields
  const [first] = Object.values(others)
  if (first !== undefined) return { kind: 'fault', text: first }
  return { kind: 'needs-price', text: price ?? 'This article cannot be published yet.' }
}

/** Answers a sentence when it could not be done. */
export async function setPaused(form: FormData): Promise<string | null> {
  const member = await actAsMember()
  const input = z.strictObject({ resourceId, paused: z.enum(['yes', 'no']) }).parse(plainFields(form))
  await pauseResource(webDeps(), {
    creatorId: member.creatorId,
    resourceId: input.resourceId,
    paused: input.paused === 'yes',
  })
  revalidatePath(`/resources/${input.resourceId}`, 'layout')
  return null
}

export type PriceAnswer =
  | { readonly kind: 'done'; readonly text: string }
  | { readonly kind: 'fault'; readonly text: string }

export async function savePrice(id: string, price: string): Promise<PriceAnswer> {
  const member = await actAsMember()
  const set = await setPrice(webDeps(), {
    creatorId: member.creatorId,
    resourceId: resourceId.parse(id),
    price: z.string().parse(price),
  })
  if (set.kind === 'unknown') return { kind: 'fault', text: 'This resource is not there any more.' }
  if (set.kind === 'invalid') return { kind: 'fault', text: set.fields.price ?? 'This price cannot be set.' }
  const sats = formatSats(set.amountMsat)
  return {
    kind: 'done',
    text: set.kind === 'applied' ? `New challenges ask ${sats} sats within 2 s.` : `${sats} sats is the price already.`,
  }
}

/** Next adds fields of its own, which begin with `$`. */
function plainFields(form: FormData): Record<string, FormDataEntryValue> {
  return Object.fromEntries([...form].filter(([name]) => !name.startsWith('$')))
}
