/** What could not be saved yet stays on this device, under the article's id, until the server has it. */
import { isNumber, isString, object, orNull, parseJson } from '#app/_ui/json-guard.ts'
import type { Draft } from './draft.ts'

const isDraft = object<Omit<Draft, 'language'> & { language?: string | null }>({
  revision: isNumber,
  title: isString,
  lead: isString,
  slug: orNull(isString),
  markdown: isString,
  cutBlock: isNumber,
})

/** `unsaved`: newer than the server's. `aside`: the version that lost a conflict, kept until somebody drops it. */
export type Place = 'unsaved' | 'aside'

/** `false`: this browser keeps nothing (private window, full storage). */
export function keepLocally(place: Place, resourceId: string, draft: Draft): boolean {
  try {
    localStorage.setItem(keyOf(place, resourceId), JSON.stringify(draft))
    return true
  } catch {
    return false
  }
}

export function findLocal(place: Place, resourceId: string): Draft | null {
  try {
    const draft = parseJson(localStorage.getItem(keyOf(place, resourceId)), isDraft)
    // Drafts kept before there was a choice of language have none.
    return draft && { ...draft, language: typeof draft.language === 'string' ? draft.language : null }
  } catch {
    return null
  }
}

export function dropLocal(place: Place, resourceId: string): void {
  try {
    localStorage.removeItem(keyOf(place, resourceId))
  } catch {
    // A browser that keeps nothing has nothing to drop.
  }
}

function keyOf(place: Place, resourceId: string): string {
  return `satstile:${place}:${resourceId}`
}
