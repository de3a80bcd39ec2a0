/** What publishing or saving came to, under the bar that was pressed. */
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
  /** What is wrong with the price in the publish step; told here, under its field. */
  readonly price: string | null
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

export function Outcome({ note, fields, price }: OutcomeProps) {
  // A price that was refused and is another one now is refused no more, so its sentence comes from the field.
  const { price: _, ...refused } = note?.kind === 'refused' ? note.fields : {}
  return (
    <div aria-live="polite">
      <FaultList fields={fields ?? {}} />
      <FaultList fields={{ ...refused, ...(price !== null && { price }) }} />
      {note?.kind === 'done' && <Done {...note} />}
      {note?.kind === 'fault' && <FaultList fields={{ '': note.text }} />}
    </div>
  )
}

function FaultList({ fields }: { fields: Readonly<Record<string, string>> }) {
  const faults = Object.entries(fields)
  if (faults.length === 0) return null
  return (
    <div role="alert" className="border-t border-hairline bg-error-soft px-4 py-2.5 text-table text-error md:px-8">
      <ul className="space-y-1">
        {faults.map(([field, text]) => (
          <li key={field} id={field === 'price' ? 'price-fault' : undefined} className="flex gap-2">
            <Icon name="caution" />
            <span>
              {field !== '' && <strong className="font-semibold">{FIELD_WORDS.get(field) ?? field}: </strong>}
              {text}
            </span>
          </li>
        ))}
      </ul>
    </div>
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
