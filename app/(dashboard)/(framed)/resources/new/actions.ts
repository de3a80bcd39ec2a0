'use server'
/** Makes a draft, empty or from a file, and opens it in the editor. */
import { redirect } from 'next/navigation'
import { actAsMember } from '#app/_server/auth/act-as-member.ts'
import { webDeps } from '#app/_server/deps.ts'
import { plainFields } from '#app/_server/http/page-input.ts'
import { unlessSilent } from '#app/_server/http/reachable.ts'
import { usualCut } from '#app/_ui/editor/cut.ts'
import type { ArticleFile } from '#lib/content/read-article-file.ts'
import { type SaveArticle, saveArticle } from '#lib/paywall/resources/article/save-article.ts'
import { suggestSlug } from '#lib/paywall/resources/suggest-slug.ts'

export type ImportAnswer =
  | { readonly kind: 'fault'; readonly text: string }
  /** Made, and something is to be known before it is opened. */
  | { readonly kind: 'imported'; readonly resourceId: string; readonly notes: readonly string[] }

type NewDraft = Pick<SaveArticle, 'creatorId' | 'title' | 'lead' | 'markdown' | 'cutBlock' | 'language' | 'slug'>

/** Answers a sentence when no draft could be made. */
export async function createDraft(): Promise<string> {
  return await unlessSilent(async () => {
    const { creatorId } = await actAsMember()
    return openDraft(await makeDraft({ creatorId, title: '', lead: '', markdown: '', cutBlock: 0 }))
  }, SILENT)
}

/** Leads to the editor when the file was taken as it is; else answers why not, or what was changed. */
export async function importDraft(form: FormData): Promise<ImportAnswer> {
  return await unlessSilent(() => takeFile(form), { kind: 'fault', text: SILENT })
}

async function takeFile(form: FormData): Promise<ImportAnswer> {
  const { creatorId } = await actAsMember()
  const file = plainFields(form)?.file
  if (!(file instanceof File) || file.size === 0) return { kind: 'fault', text: 'Choose a file with text in it.' }
  const read = await webDeps().renderer.read(new Uint8Array(await file.arrayBuffer()))
  if (read.kind === 'refused') return { kind: 'fault', text: read.message }
  const made = await makeFrom(creatorId, read)
  if (read.notes.length === 0 || 'text' in made) return { kind: 'fault', text: openDraft(made) }
  return { kind: 'imported', resourceId: made.resourceId, notes: read.notes }
}

/** With the address that the file names while it is free, else with one from its title. */
async function makeFrom(creatorId: string, file: ArticleFile): Promise<Made> {
  const { title, lead, markdown, language, blocks } = file
  const draft = { creatorId, title, lead, markdown, language, cutBlock: usualCut(blocks) }
  if (file.slug === '') return makeDraft(draft)
  const made = await makeDraft({ ...draft, slug: suggestSlug(file.slug) })
  return 'text' in made ? makeDraft(draft) : made
}

type Made = { readonly resourceId: string } | { readonly text: string }

async function makeDraft(draft: NewDraft): Promise<Made> {
  const saved = await saveArticle(webDeps(), { ...draft, resourceId: null, revision: null })
  if (saved.kind === 'saved') return { resourceId: saved.resourceId }
  return { text: saved.kind === 'invalid' ? (Object.values(saved.fields)[0] ?? REFUSED) : REFUSED }
}

/** Leads to the editor, or answers why there is nothing to open. */
function openDraft(made: Made): string {
  if ('text' in made) return made.text
  redirect(`/resources/${made.resourceId}`)
}

const SILENT = 'The database does not answer. Nothing is lost; try again in a moment.'
const REFUSED = 'This file cannot be taken.'
