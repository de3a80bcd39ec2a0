/** What is wrong with one field, tied to it by its id. */
import { Icon } from './icon.tsx'

export function FieldFault({ id, text }: { id: string; text: string | null | undefined }) {
  if (text === null || text === undefined) return null
  return (
    <p id={id} role="alert" className="mt-2 flex gap-2 text-table text-error">
      <Icon name="caution" />
      <span>{text}</span>
    </p>
  )
}
