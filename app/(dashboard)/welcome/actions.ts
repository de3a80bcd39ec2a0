'use server'
/** Checks a handle while it is typed; makes creator, article and price in one press, and repeats nothing that was done. */
import { z } from 'zod'
import { actAsUser } from '#app/_server/auth/act-as-member.ts'
import type { SignedIn } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { creatorUrl } from '#app/_server/http/creator-url.ts'
import { count, plainFields, resourceId, UNREADABLE } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { joinTitle } from '#app/_ui/editor/title-line.ts'
import { becomeCreator } from '#lib/paywall/creators/create-creator.ts'
import { parseHandle, suggestHandles } from '#lib/paywall/creators/creator.ts'
import { isHandleTaken } from '#lib/paywall/creators/creator-store.ts'
import { isLanguage, isTimeZone, refuseName } from '#lib/paywall/creators/profile.ts'
import { parsePrice } from '#lib/paywall/offers/price.ts'
import { publishArticle } from '#lib/paywall/resources/article/publish-article.ts'
import { saveArticle } from '#lib/paywall/resources/article/save-article.ts'

export type HandleAnswer =
  | { readonly kind: 'free' }
  | { readonly kind: 'taken'; readonly free: readonly string[] }
  | { readonly kind: 'invalid'; readonly message: string }
  /** Nobody can tell now; publishing asks again. */
  | { readonly kind: 'unknown' }

export async function checkHandle(text: string): Promise<HandleAnswer> {
  return await unlessSilent(() => lookUpHandle(text), { kind: 'unknown' })
}

async function lookUpHandle(text: unknown): Promise<HandleAnswer> {
  await actAsUser()
  const sent = z.string().max(200).safeParse(text)
  if (!sent.success) return { kind: 'invalid', message: UNREADABLE }
  const parsed = parseHandle(sent.data)
  if (parsed.kind === 'invalid') return parsed
  const { client } = webDeps().db
  if (!(await isHandleTaken(client, parsed.handle))) return { kind: 'free' }
  const free: string[] = []
  for (const variant of suggestHandles(parsed.handle)) {
    if (free.length < 3 && !(await isHandleTaken(client, variant))) free.push(variant)
  }
  return { kind: 'taken', free }
}

export type TextFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'fault'; readonly text: string }

/** The text of a file, whatever its encoding, with its title as the first line; answers a sentence when it is none. */
export async function readTextFile(form: FormData): Promise<TextFile> {
  await actAsUser()
  const file = plainFields(form)?.file
  if (!(file instanceof File) || file.size === 0) return { kind: 'fault', text: 'Choose a file with text in it.' }
  const read = await webDeps().renderer.read(new Uint8Array(await file.arrayBuffer()))
  if (read.kind === 'refused') return { kind: 'fault', text: read.message }
  return { kind: 'text', text: joinTitle(read.title, read.markdown) }
}

const formSchema = z.strictObject({
  handle: z.string(),
  name: z.string(),
  /** As the browser has them; what it says otherwise is not asked for here. */
  language: z.string(),
  timeZone: z.string(),
  title: z.string(),
  markdown: z.string(),
  cutBlock: count,
  price: z.string(),
  /** The draft that an earlier press has made, when its publishing was refused. */
  draft: z.strictObject({ resourceId, revision: count }).nullable(),
})

export type WelcomeInput = z.infer<typeof formSchema>

export type WelcomeAnswer =
  | { readonly kind: 'live'; readonly url: string; readonly resourceId: string }
  | {
      readonly kind: 'refused'
      readonly fields: Readonly<Record<string, string>>
      readonly freeHandles: readonly string[]
      readonly draft: WelcomeInput['draft']
    }
  /** Whether any of it was done is not known; pressing again does no harm. */
  | { readonly kind: 'down'; readonly message: string }

export async function publishFirst(form: WelcomeInput): Promise<WelcomeAnswer> {
  return await unlessSilent(() => publishInput(form), {
    kind: 'down',
    message: 'Not live yet, the database does not answer. Everything you typed is kept; press again in a moment.',
  })
}

async function publishInput(form: unknown): Promise<WelcomeAnswer> {
  const user = await actAsUser()
  const parsed = formSchema.safeParse(form)
  if (!parsed.success) return refused({ text: UNREADABLE }, null)
  return await publishParsed(user, parsed.data)
}

async function publishParsed(user: SignedIn, input: WelcomeInput): Promise<WelcomeAnswer> {
  const price = parsePrice(input.price)
  const handle = parseHandle(input.handle)
  const nameFault = refuseName(input.name)
  // Everything that can be seen in advance is said at once, before anything is made.
  const early = {
    ...(handle.kind === 'invalid' ? { handle: handle.message } : {}),
    ...(nameFault === null ? {} : { name: nameFault }),
    ...(input.title.trim() === '' ? { text: NO_TITLE } : {}),
    ...(price.kind === 'invalid' ? { price: price.message } : {}),
  }
  if (Object.keys(early).length > 0) return refused(early, input.draft)
  const creator = await becomeCreator(webDeps(), {
    userId: user.userId,
    handle: input.handle,
    name: input.name.trim(),
    language: isLanguage(input.language) ? input.language : 'en',
    timeZone: isTimeZone(input.timeZone) ? input.timeZone : 'UTC',
  })
  if (creator.kind === 'invalid')
    return { ...refused(creator.fields, input.draft), freeHandles: creator.freeHandles ?? [] }
  const { creatorId } = creator
  return await publishText({ creatorId, handle: creator.kind === 'existing' ? creator.handle : input.handle }, input)
}

const NO_TITLE = 'Begin with a title: a first line like “# Tides”.'

async function publishText(owner: { creatorId: string; handle: string }, input: WelcomeInput): Promise<WelcomeAnswer> {
  const { creatorId } = owner
  const { title, markdown, cutBlock } = input
  const saved = await saveArticle(webDeps(), {
    ...{ creatorId, title, markdown, cutBlock, lead: '' },
    resourceId: input.draft?.resourceId ?? null,
    revision: input.draft?.revision ?? null,
  })
  if (saved.kind === 'invalid') return refused(asText(saved.fields), input.draft)
  if (saved.kind !== 'saved')
    return refused({ text: 'This text was changed in another window. Open it from Resources.' }, null)
  const draft = { resourceId: saved.resourceId, revision: saved.revision }
  const published = await publishArticle(webDeps(), { creatorId, ...draft, price: input.price })
  if (published.kind === 'invalid') return refused(asText(published.fields), draft)
  if (published.kind !== 'published')
    return refused({ text: 'This text was changed in another window. Open it from Resources.' }, draft)
  return { kind: 'live', url: creatorUrl(owner.handle, [published.slug]) ?? '', resourceId: draft.resourceId }
}

function refused(
  fields: Record<string, string>,
  draft: WelcomeInput['draft'],
): Extract<WelcomeAnswer, { kind: 'refused' }> {
  return { kind: 'refused', fields, freeHandles: [], draft }
}

/** The page has one field for title, text and cut. */
function asText({ price, ...others }: Readonly<Record<string, string>>): Record<string, string> {
  const [text] = Object.values(others)
  return { ...(price === undefined ? {} : { price }), ...(text === undefined ? {} : { text }) }
}
