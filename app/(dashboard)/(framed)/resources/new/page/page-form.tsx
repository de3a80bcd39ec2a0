'use client'
/** Everything that puts a page on sale, in one step. */
import { type FormEvent, useState, useTransition } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { PageFields, withoutFault } from '#app/_ui/page-fields.tsx'
import { TextField } from '#app/_ui/text-field.tsx'
import { type NewPageFields, sellPage } from './actions.ts'

const EMPTY: NewPageFields = { title: '', lead: '', origins: '', markdown: '', price: '100' }
const SERVER_SILENT = { '': 'The server does not answer. Look in the list before you press again.' }

export function PageForm() {
  const [fields, setFields] = useState(EMPTY)
  const [faults, setFaults] = useState<Readonly<Record<string, string>>>({})
  const [isSending, startSending] = useTransition()
  const change = (name: keyof NewPageFields, value: string) => {
    setFields((now) => ({ ...now, [name]: value }))
    setFaults((now) => withoutFault(now, name))
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    startSending(async () => setFaults((await sellPage(fields).catch(() => SERVER_SILENT)) ?? {}))
  }
  return (
    <form className="mt-6 max-w-2xl space-y-5 border-t border-hairline pt-6" onSubmit={submit} noValidate>
      <PageFields text={fields} faults={faults} onChange={change} />
      <TextField
        label="Price in sats"
        value={fields.price}
        inputMode="numeric"
        fault={faults.price}
        onChange={(value) => change('price', value)}
      />
      <div>
        <button type="submit" disabled={isSending} className="button button-primary">
          Put it on sale
        </button>
        <FieldFault id="page-fault" text={faults['']} />
      </div>
    </form>
  )
}
