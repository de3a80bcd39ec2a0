'use client'
/** Begins with an empty draft; why there is none is said under the button. */
import { useActionState } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import { createDraft } from './actions.ts'

export function WriteForm() {
  const [fault, act, isRunning] = useActionState<string | null>(() => createDraft(), null)
  return (
    <form action={act}>
      <h2 className="flex items-center gap-2 text-lead">
        <Icon name="article" />
        Write an article
      </h2>
      <p className="mt-1 text-table text-muted">Markdown with pictures. The beginning is free, the rest has a price.</p>
      <button type="submit" disabled={isRunning} className="button button-primary mt-4">
        Continue
      </button>
      <FieldFault id="write-fault" text={fault} />
    </form>
  )
}
