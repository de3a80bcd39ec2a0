/** The e-mail field; it posts to a route and needs no script, and what was typed stays in it. */
import { FieldFault } from '#app/_ui/field-fault.tsx'

export function SignInForm({ email, fault }: { email: string; fault: string | null }) {
  return (
    <form method="post" action="/sign-in/link" className="mt-8" noValidate>
      <label htmlFor="email" className="block text-table font-medium">
        E-mail
      </label>
      <input
        id="email"
        name="email"
        type="email"
        autoComplete="email"
        required
        defaultValue={email}
        aria-invalid={fault !== null}
        aria-describedby={fault === null ? 'email-note' : 'email-fault'}
        className="field mt-1.5 h-12 px-3 text-lead"
      />
      <FieldFault id="email-fault" text={fault} />
      <button type="submit" className="button button-primary button-large mt-4 w-full">
        Send link
      </button>
      <p id="email-note" className="mt-3 text-table text-muted">
        A link and a code. They work once, for 15 minutes, in this browser.
      </p>
    </form>
  )
}
