/** What an editor holds of an article, and what saving it can answer; the same words in the browser and on the server. */
import { refuseArticle } from '#lib/content/article-limits.ts'
import { refuseDraft } from '#lib/paywall/resources/article/article.ts'

export interface Draft {
  /** Rises with every save; the save of an older one is a conflict. */
  readonly revision: number
  readonly title: string
  readonly lead: string
  /** Last part of the address, when the creator chose one here; `null`: it stays, or follows the title of a draft. */
  readonly slug: string | null
  /** A language tag that the creator chose; `null`: guessed from the text. */
  readonly language: string | null
  readonly markdown: string
  readonly cutBlock: number
}

export type SaveAnswer =
  | { readonly kind: 'saved'; readonly revision: number; readonly slug: string }
  | { readonly kind: 'conflict'; readonly theirs: Draft }
  | { readonly kind: 'invalid'; readonly fields: Readonly<Record<string, string>> }
  | { readonly kind: 'down'; readonly message: string }

/** Fields of a draft that the server would refuse, by the server's own rules; `null`: it may be sent. */
export function refuseHere({ slug, ...draft }: Draft): Readonly<Record<string, string>> | null {
  const refusal = refuseArticle(draft.markdown)
  const fields = {
    ...(refusal === null ? {} : { markdown: `Line ${refusal.line}: ${refusal.message}` }),
    ...refuseDraft({ ...draft, ...(slug === null ? {} : { slug }) }),
  }
  return Object.keys(fields).length === 0 ? null : fields
}

/** Whether two drafts say the same; their revisions do not matter. */
export function isSameDraft(a: Draft, b: Draft): boolean {
  return (['title', 'lead', 'slug', 'language', 'markdown', 'cutBlock'] as const).every((key) => a[key] === b[key])
}
