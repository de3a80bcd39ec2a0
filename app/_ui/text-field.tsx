'use client'
/** A labelled line of text, with what is wrong with it tied to it. */
import { useId } from 'react'
import { FieldFault } from './field-fault.tsx'

interface TextFieldProps {
  readonly label: string
  readonly value: string
  readonly fault?: string | undefined
  readonly hint?: string
  readonly placeholder?: string
  readonly inputMode?: 'numeric' | 'url'
  readonly type?: 'text' | 'password'
  /** Set in a fixed width: addresses, patterns, names of fields. */
  readonly isCode?: boolean
  readonly onChange: (value: string) => void
}

export function TextField(props: TextFieldProps) {
  const { label, value, fault, hint, placeholder, inputMode, type = 'text', isCode = false, onChange } = props
  const id = useId()
  const described = [...(hint === undefined ? [] : [`${id}hint`]), ...(fault === undefined ? [] : [`${id}fault`])]
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="block text-table font-medium">
        {label}
      </label>
      <input
        id={id}
        type={type}
        value={value}
        placeholder={placeholder}
        inputMode={inputMode}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        dir="auto"
        aria-invalid={fault !== undefined}
        aria-describedby={described.length === 0 ? undefined : described.join(' ')}
        onChange={(event) => onChange(event.target.value)}
        className={`field mt-1 ${isCode ? 'font-mono text-table!' : ''}`}
      />
      {hint !== undefined && (
        <p id={`${id}hint`} className="mt-1 text-table text-muted [overflow-wrap:anywhere]">
          {hint}
        </p>
      )}
      <FieldFault id={`${id}fault`} text={fault} />
    </div>
  )
}
