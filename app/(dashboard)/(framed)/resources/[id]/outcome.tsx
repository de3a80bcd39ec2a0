/** What publishing or saving came to, under the bar that was pressed. */
import Link from 'next/link'
import { Icon } from '#app/_ui/icon.tsx'

export type OutcomeNote =
  | { readonly kind: 'done'; readonly text: string; readonly url: string }
  | { readonly kind: 'fault'; readonly text: string }
  /** What has to be done first: field -> sentence. */
  | { readonly kind: 'refused'; readonly fields: Readonly<Record<string, string>> }

export interface OutcomeProps {
  readonly note: OutcomeNote | null
  /** Fields that the server refused, with the sentence for each. */
  readonly fields: Readonly<Record<string, string>> | null
  readonly resourceId: string
}

const FIELD_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    title: 'Title',
    lead: 'Lead',
    slug: 'Address',
    language: 'Language',
    markdown: 'Text',
    cutBlock: 'Cut',
    price: 'Price',
    article: 'Article',
    copy: 'Not kept',
  }),
)

export function Outcome({ note, fields, resourceId }: OutcomeProps) {
  return (
    <div aria-live="polite">
      <FaultList fields={fields ?? {}} resourceId={resourceId} />
      {note?.kind === 'refused' && <FaultList fields={note.fields} resourceId={resourceId} />}
      {note?.kind === 'done' && <Done {...note} />}
      {note?.kind === 'fault' && <FaultList fields={{ '': note.text }} resourceId={resourceId} />}
    </div>
  )
}

function FaultList({ fields, resourceId }: { fields: Readonly<Record<string, string>>; resourceId: string }) {
  const faults = Object.entries(fields)
  if (faults.length === 0) return null
  return (
    <ul
      role="alert"
      className="space-y-1 border-t border-hairline bg-error-soft px-4 py-2.5 text-table text-error md:px-8"
    >
      {faults.map(([field, text]) => (
        <li key={field} className="flex gap-2">
          <Icon name="caution" />
          <span>
            {field !== '' && <strong className="font-semibold">{FIELD_WORDS.get(field) ?? field}: </strong>}
            {text}
            {field === 'price' && (
              <Link href={`/resources/${resourceId}/price`} className="ml-2 font-medium underline underline-offset-4">
                Set a price
              </Link>
            )}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Done({ text, url }: Extract<OutcomeNote, { kind: 'done' }>) {
  return (
    <p
      role="status"
      className="flex flex-wrap items-center gap-2 border-t border-hairline bg-paid-soft px-4 py-2.5 text-table text-paid md:px-8"
    >
      <Icon name="check" />
      {text}
      <a href={url} target="_blank" rel="noopener" className="font-medium underline underline-offset-4">
        Open the page
      </a>
    </p>
  )
}
