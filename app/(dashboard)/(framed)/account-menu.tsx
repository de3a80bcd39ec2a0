'use client'
/** Who is signed in, with the way out; a disclosure that works without script. */
import { useActionState } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import { signOut } from './actions.ts'

export function AccountMenu({ email }: { email: string }) {
  const [fault, act, isRunning] = useActionState<string | null>(() => signOut(), null)
  return (
    <details className="relative">
      <summary className="flex size-8 list-none items-center justify-center rounded-full border border-hairline text-label font-medium text-muted hover:text-text [&::-webkit-details-marker]:hidden">
        <span aria-hidden="true">{email.slice(0, 2).toUpperCase()}</span>
        <span className="sr-only">Account {email}</span>
      </summary>
      <div className="absolute right-0 z-40 mt-2 w-64 rounded-card border border-hairline bg-surface p-4 shadow-[0_8px_32px_rgb(0_0_0/0.14)]">
        <p className="truncate text-table text-muted">Signed in as</p>
        <p className="truncate font-medium">{email}</p>
        <form action={act} className="mt-3">
          <button type="submit" disabled={isRunning} className="button button-plain w-full">
            <Icon name="signOut" />
            Sign out
          </button>
          <FieldFault id="sign-out-fault" text={fault} />
        </form>
      </div>
    </details>
  )
}
