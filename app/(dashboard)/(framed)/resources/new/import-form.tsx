'use client'
/** Brings a Markdown file in; what is wrong with it is said beside the field. */
import { useActionState } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import { importDraft } from './actions.ts'

export function ImportForm() {
  const [fault, act, isRunning] = useActionState<string | null, FormData>((_before, form) => send(form), null)
  return (
    <form action={act}>
      <h2 className="flex items-center gap-2 text-lead">
        <Icon name="document" />
        Bring a Markdown file
      </h2>
      <label htmlFor="file" className="mt-1 block text-table text-muted">
        A first line “# Title” becomes the title.
      </label>
      <input
        id="file"
        name="file"
        type="file"
        accept=".md,.markdown,.txt,text/markdown,text/plain"
        required
        aria-invalid={fault !== null}
        aria-describedby="file-fault"
        className="field mt-2 text-table"
      />
      <FieldFault id="file-fault" text={fault} />
      <button type="submit" disabled={isRunning} className="button button-plain mt-4">
        Import
      </button>
    </form>
  )
}

/** More than any article has, in bytes; a larger file would not even be read (proxy.ts). */
const MAX_FILE_BYTES = 5_000_000

async function send(form: FormData): Promise<string> {
  const file = form.get('file')
  if (file instanceof File && file.size > MAX_FILE_BYTES)
    return 'This file is larger than 5 MB. An article is shorter: split it, and bring the parts one by one.'
  return await importDraft(form).catch(() => 'The server does not answer. Nothing is lost; try again.')
}
