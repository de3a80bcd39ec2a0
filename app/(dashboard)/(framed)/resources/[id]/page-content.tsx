'use client'
/** The Content tab of a page: what it says, and the sites that may show it. */
import { type FormEvent, useState, useTransition } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { PageFields, type PageText, withoutFault } from '#app/_ui/page-fields.tsx'
import { type PageAnswer, savePage } from './page-actions.ts'

interface PageContentProps {
  readonly page: PageText & { readonly id: string; readonly revision: number }
}

const SERVER_SILENT: PageAnswer = {
  kind: 'refused',
  fields: { '': 'The server does not answer. Press again in a moment.' },
}

export function PageContent({ page: { id, revision: first, ...given } }: PageContentProps) {
  const [text, setText] = useState<PageText>(given)
  const [revision, setRevision] = useState(first)
  const [answer, setAnswer] = useState<PageAnswer | null>(null)
  const [isSending, startSending] = useTransition()
  const faults = answer?.kind === 'refused' ? answer.fields : {}
  const change = (name: keyof PageText, value: string) => {
    setText((now) => ({ ...now, [name]: value }))
    setAnswer((now) => (now?.kind === 'refused' ? { ...now, fields: withoutFault(now.fields, name) } : null))
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    startSending(async () => {
      const saved = await savePage(id, { ...text, revision }).catch(() => SERVER_SILENT)
      if (saved.kind === 'done') setRevision(saved.revision)
      setAnswer(saved)
    })
  }
  return (
    <form className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8" onSubmit={submit} noValidate>
      <div className="max-w-2xl space-y-5">
        <PageFields text={text} faults={faults} onChange={change} />
        <div>
          <button type="submit" disabled={isSending} className="button button-primary">
            Save
          </button>
          <p role="status" className="mt-2 text-table text-paid">
            {answer?.kind === 'done' && answer.text}
          </p>
          <FieldFault id="page-fault" text={faults['']} />
        </div>
      </div>
    </form>
  )
}
