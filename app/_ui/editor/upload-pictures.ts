'use client'
/** Pictures travel to the article and leave their mark where the caret stands. */
import { isString, object } from '#app/_ui/json-guard.ts'
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
    if (field !== null) insertText(field, `![${altOf(file.name)}](image:${answer.digest})`)
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

/** A first description from the name of the file; creators replace it. */
function altOf(name: string): string {
  return name
    .replace(/\.[a-z0-9]+$/i, '')
    .replace(/[[\]_-]+/g, ' ')
    .trim()
}
