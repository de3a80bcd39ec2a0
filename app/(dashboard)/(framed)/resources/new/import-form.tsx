'use client'
/** Brings a Markdown file in; what is wrong with it, and what was changed, is said beside the field. */
import Link from 'next/link'
import { useActionState } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import { type ImportAnswer, importDraft } from './actions.ts'

export function ImportForm() {
  const [answer, act, isRunning] = useActionState<ImportAnswer | null, FormData>((_before, form) => send(form), null)
  const fault = answer?.kind === 'fault' ? answer.text : null
  return (
    <form action={act}>
      <h2 className="flex items-center gap-2 text-lead">
        <Icon name="document" />
        Bring a Markdown file
      </h2>
      <label htmlFor="file" className="mt-1 block text-table text-muted">
        Its first heading or its front matter gives the title.
      </label>
      <input
        id="file"
        name="file"
        type="file"
        accept=".md,.markdown,.mdown,.txt,text/markdown,text/plain"
        required
        aria-invalid={fault !== null}
        aria-describedby="file-fault"
        className="field mt-2 min-w-0 py-1.5 text-table file:mr-3 file:border-0 file:border-r file:border-hairline file:bg-transparent file:pr-3 file:font-medium"
      />
      <FieldFault id="file-fault" text={fault} />
      {answer?.kind === 'imported' ? (
        <Imported {...answer} />
      ) : (
        <button type="submit" disabled={isRunning} className="button button-plain mt-4">
          Import
        </button>
      )}
    </form>
  )
}

function Imported({ resourceId, notes }: Extract<ImportAnswer, { kind: 'imported' }>) {
  return (
    <div role="status" className="mt-4 text-table">
      <p className="font-medium">Imported as a draft. Before you open it:</p>
      <ul className="mt-1 list-disc space-y-1 pl-5 text-muted">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
      <Link href={`/resources/${resourceId}`} className="button button-primary mt-4">
        Open the draft
      </Link>
    </div>
  )
}

/** More than any article has, in bytes; a larger file would not even be read (proxy.ts). */
const MAX_FILE_BYTES = 5_000_000

async function send(form: FormData): Promise<ImportAnswer> {
  const file = form.get('file')
  if (file instanceof File && file.size > MAX_FILE_BYTES) {
    const text = 'This file is larger than 5 MB. An article is shorter: split it, and bring the parts one by one.'
    return { kind: 'fault', text }
  }
  return await importDraft(form).catch(() => ({
    kind: 'fault' as const,
    text: 'The server does not answer. Nothing is lost; try again.',
  }))
}
