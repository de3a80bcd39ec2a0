'use client'
/** The e-mail field; what was typed stays after a fault. */
import { useActionState } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { type SignInState, sendLink } from './actions.ts'

export function SignInForm({ fault }: { fault: string | null }) {
  const [state, action, isSending] = useActionState<SignInState, FormData>(sendLink, { email: '', fault })
  return (
    <form action={action} className="mt-8" noValidate>
      <label htmlFor="email" className="block text-table font-medium">
        E-mail
      </label>
      <input
        id="email"
        name="email"
        type="email"
        autoComplete="email"
        required
        defaultValue={state.email}
        aria-invalid={state.fault !== null}
        aria-describedby={state.fault === null ? 'email-note' : 'email-fault'}
        className="field mt-1.5 h-12 px-3 text-lead"
      />
      <FieldFault id="email-fault" text={state.fault} />
      <button type="submit" className="button button-primary button-large mt-4 w-full" disabled={isSending}>
        {isSending ? 'Sending' : 'Send link'}
      </button>
      <p id="email-note" className="mt-3 text-table text-muted">
        The link works once, for 15 minutes, in this browser.
      </p>
    </form>
  )
}
