/** What was just taken away, said where it stood. */
import { Icon } from '#app/_ui/icon.tsx'

const NOTES: ReadonlyMap<unknown, string> = new Map([
  ['deleted', 'Deleted. Its address says so within 2 s. Sales and money stay in your books.'],
  ['thrown-away', 'The draft is thrown away. Its address is free again.'],
])

/** `done` of the query; anything else says nothing. */
export function DoneNote({ done }: { done: unknown }) {
  const text = NOTES.get(done)
  if (text === undefined) return null
  return (
    <p role="status" className="mt-4 flex items-center gap-2 rounded-card bg-paid-soft px-4 py-3 text-table text-paid">
      <Icon name="check" />
      {text}
    </p>
  )
}
