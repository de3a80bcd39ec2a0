/** Shapes of what our own pages send; whatever else comes is refused by a sentence, and reaches no statement. */
import { z } from 'zod'

export const resourceId = z.string().regex(/^res_[0-9a-z]{26}$/)
export const uploadId = z.string().regex(/^upl_[0-9a-z]{26}$/)
/** What a column of Postgres's `integer` holds. */
export const count = z.int().min(0).max(2_147_483_647)

/** Fields of a form; `null` when it is none. Next adds fields of its own, which begin with `$`. */
export function plainFields(form: unknown): Record<string, FormDataEntryValue> | null {
  if (!(form instanceof FormData)) return null
  return Object.fromEntries([...form].filter(([name]) => !name.startsWith('$')))
}

export const UNREADABLE = 'This could not be read, so nothing was changed. Reload the page and try again.'
