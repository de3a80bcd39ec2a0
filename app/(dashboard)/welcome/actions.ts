'use server'
/** Checks a handle while it is typed; makes creator, article and price in one press, and repeats nothing that was done. */
import { z } from 'zod'
import { actAsUser } from '#app/_server/act.ts'
import { creatorUrl } from '#app/_server/creator-url.ts'
import { webDeps } from '#app/_server/deps.ts'
import { count, plainFields, resourceId, UNREADABLE } from '#app/_server/input.ts'
import { unlessSilent } from '#app/_server/reachable.ts'
import { findMember, type SignedIn } from '#app/_server/session.ts'
import { joinTitle } from '#app/_ui/editor/title-line.ts'
import { createCreator } from '#lib/paywall/creators/create-creator.ts'
import { parseHandle, suggestHandles } from '#lib/paywall/creators/creator.ts'
import { isHandleTaken } from '#lib/paywall/creators/creator-store.ts'
import { parsePrice } from '#lib/paywall/resources/price.ts'
import { publishArticle } from '#lib/paywall/resources/publish-article.ts'
import { saveArticle } from '#lib/paywall/resources/save-article.ts'
import { setPrice } from '#lib/paywall/resources/set-price.ts'

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
  // Everything that can be seen in advance is said at once, before anything is made.
  const early = {
    ...(input.title.trim() === '' ? { text: NO_TITLE } : {}),
    ...(price.kind === 'invalid' ? { price: price.message } : {}),
  }
  if (Object.keys(early).length > 0) return refused(early, input.draft)
  const member = await findMember(user.userId)
  const creator =
    member ??
    (await createCreator(webDeps(), { userId: user.userId, handle: input.handle, name: nameOf(input.handle) }))
  if ('kind' in creator && creator.kind === 'invalid')
    return {
      ...refused({ handle: 'This handle cannot be used.', ...creator.fields }, input.draft),
      freeHandles: creator.freeHandles ?? [],
    }
  return await publishText({ creatorId: creator.creatorId, handle: member?.handle ?? input.handle }, input)
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
  await setPrice(webDeps(), { creatorId, resourceId: draft.resourceId, price: input.price })
  const published = await publishArticle(webDeps(), { creatorId, ...draft })
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

/** A name over the page until the creator gives a better one: `harbor-notes` becomes `Harbor Notes`. */
function nameOf(handle: string): string {
  return handle
    .split('-')
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
}
