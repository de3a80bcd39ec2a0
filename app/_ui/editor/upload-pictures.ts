'use client'
/** Pictures travel to the article and leave their mark where the caret stands. */
import { isString, object } from '#app/_ui/json-guard.ts'
import { UNDESCRIBED } from '#lib/content/undescribed.ts'
import { insertText } from './toolbar.tsx'

type Answer = { readonly digest: string } | { readonly message: string }

const isStored = object<{ digest: string }>({ digest: isString })
const isRefused = object<{ message: string }>({ message: isString })

/** Sends each file; answers a sentence for the first that was refused, or `null`. */
export async function uploadPictures(
  resourceId: string,
  files: readonly File[],
  { field, onStored }: { field: HTMLTextAreaElement | null; onStored: (digest: string) => void },
): Promise<string | null> {
  for (const file of files) {
    const answer = await upload(resourceId, file)
    if ('message' in answer) return `${file.name}: ${answer.message}`
    onStored(answer.digest)
    if (field !== null) insertPicture(field, answer.digest)
  }
  return null
}

async function upload(resourceId: string, file: File): Promise<Answer> {
  try {
    const response = await fetch(`/resources/${resourceId}/pictures`, {
      method: 'POST',
      body: file,
      headers: { 'content-type': 'application/octet-stream' },
    })
    const answer: unknown = await response.json()
    return isStored(answer) || isRefused(answer) ? answer : LOST
  } catch {
    return LOST
  }
}

const LOST: Answer = { message: 'The picture did not arrive. Your text is kept; try again.' }

/** Leaves what is to be described selected, so that the next words typed are the description. */
function insertPicture(field: HTMLTextAreaElement, digest: string): void {
  const start = field.selectionStart + '!['.length
  insertText(field, `![${UNDESCRIBED}](image:${digest})`)
  field.setSelectionRange(start, start + UNDESCRIBED.length)
}
