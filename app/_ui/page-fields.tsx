'use client'
/** What a page on a creator's own site says and where it may be shown; what cannot be taken is said at its field. */
import { useId } from 'react'
import { FieldFault } from './field-fault.tsx'
import { TextField } from './text-field.tsx'

export interface PageText {
  readonly title: string
  readonly lead: string
  /** By line or comma. */
  readonly origins: string
  readonly markdown: string
}

interface PageFieldsProps {
  readonly text: PageText
  readonly faults: Readonly<Record<string, string>>
  readonly onChange: (name: keyof PageText, value: string) => void
}

export function PageFields({ text, faults, onChange }: PageFieldsProps) {
  const change = (name: keyof PageText) => (value: string) => onChange(name, value)
  return (
    <>
      <TextField label="Title" value={text.title} fault={faults.title} onChange={change('title')} />
      <TextField label="Lead" value={text.lead} fault={faults.lead} onChange={change('lead')} />
      <TextArea
        label="Sites that may show it"
        value={text.origins}
        rows={3}
        fault={faults.origins}
        hint="One in a line, such as https://example.com. None: it is shown on our host alone."
        onChange={change('origins')}
        isCode
      />
      <TextArea
        label="What is sold"
        value={text.markdown}
        rows={12}
        fault={faults.markdown}
        hint="In Markdown, without pictures. The free part stands on your own site."
        onChange={change('markdown')}
      />
    </>
  )
}

interface TextAreaProps {
  readonly label: string
  readonly value: string
  readonly rows: number
  readonly fault: string | undefined
  readonly hint: string
  readonly isCode?: boolean
  readonly onChange: (value: string) => void
}

function TextArea({ label, value, rows, fault, hint, isCode = false, onChange }: TextAreaProps) {
  const id = useId()
  const described = fault === undefined ? `${id}hint` : `${id}hint ${id}fault`
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="block text-table font-medium">
        {label}
      </label>
      <textarea
        id={id}
        value={value}
        rows={rows}
        dir="auto"
        aria-invalid={fault !== undefined}
        aria-describedby={described}
        onChange={(event) => onChange(event.target.value)}
        className={`field mt-1 ${isCode ? 'font-mono text-table!' : ''}`}
      />
      <p id={`${id}hint`} className="mt-1 text-table text-muted">
        {hint}
      </p>
      <FieldFault id={`${id}fault`} text={fault} />
    </div>
  )
}

/** Without what was said of this field, which is another one now. */
export function withoutFault(faults: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(faults).filter(([field]) => field !== name))
}
