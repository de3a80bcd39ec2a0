'use server'
/** Makes a draft, empty or from a file, and opens it in the editor. */
import { redirect } from 'next/navigation'
import { actAsMember } from '#app/_server/act.ts'
import { countText } from '#app/_server/count-text.ts'
import { webDeps } from '#app/_server/deps.ts'
import { plainFields } from '#app/_server/input.ts'
import { unlessSilent } from '#app/_server/reachable.ts'
import { usualCut } from '#app/_ui/editor/cut.ts'
import { splitTitle } from '#app/_ui/editor/title-line.ts'
import { saveArticle } from '#lib/paywall/resources/save-article.ts'

/** Answers a sentence when no draft could be made. */
export async function createDraft(): Promise<string> {
  return await unlessSilent(async () => makeDraft((await actAsMember()).creatorId, ''), SILENT)
}

/** Answers a sentence when the file cannot be taken. */
export async function importDraft(form: FormData): Promise<string> {
  return await unlessSilent(() => takeFile(form), SILENT)
}

async function takeFile(form: FormData): Promise<string> {
  const member = await actAsMember()
  const file = plainFields(form)?.file
  if (!(file instanceof File) || file.size === 0) return 'Choose a file with text in it.'
  return await makeDraft(member.creatorId, await file.text())
}

/** Leads to the editor, or answers why the text cannot be kept. */
async function makeDraft(creatorId: string, text: string): Promise<string> {
  const { title, markdown } = splitTitle(text)
  const cutBlock = usualCut((await countText(markdown, 0)).blocks)
  const saved = await saveArticle(webDeps(), {
    creatorId,
    resourceId: null,
    revision: null,
    lead: '',
    title,
    markdown,
    cutBlock,
  })
  if (saved.kind === 'saved') redirect(`/resources/${saved.resourceId}`)
  return saved.kind === 'invalid' ? (Object.values(saved.fields)[0] ?? REFUSED) : REFUSED
}

const SILENT = 'The database does not answer. Nothing is lost; try again in a moment.'
const REFUSED = 'This file cannot be taken.'
