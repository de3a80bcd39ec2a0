/** The mail is on its way; its code can be typed here, where the link was asked for. */
import type { Metadata } from 'next'
import Link from 'next/link'
import { readAskingBrowser } from '#app/_server/auth/sign-in-cookies.ts'
import { webDeps } from '#app/_server/deps.ts'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { Icon } from '#app/_ui/icon.tsx'

export const metadata: Metadata = { title: 'Check your inbox' }

const FAULTS: ReadonlyMap<string, string> = new Map([
  ['Code', 'This code does not fit, was used already or ran out. It has eight letters and digits.'],
  ['Silent', 'The database does not answer. The code still works: try it again in a moment.'],
])

export default async function SentPage({ searchParams }: { searchParams: Promise<{ error?: string | string[] }> }) {
  const { config } = webDeps()
  const hasMailbox = config.SATSTILE_MODE === 'development' && config.SMTP_URL === undefined
  const { asked } = await readAskingBrowser()
  const { error } = await searchParams
  return (
    <main className="mx-auto mt-10 w-full max-w-[424px] px-5 md:mt-32">
      <Icon name="mail" className="mb-4 text-accent" />
      <h1 className="text-h1">Check your inbox</h1>
      <p className="mt-2 text-lead text-muted">
        {asked[0] !== undefined && <span className="block break-words text-text">{asked[0]}</span>}
        The link works once, for 15 minutes, in this browser.
      </p>
      <CodeForm fault={typeof error === 'string' ? (FAULTS.get(error) ?? null) : null} />
      {hasMailbox && (
        <p className="mt-6 border-t border-hairline pt-5 text-interface">
          No mail leaves this computer in development.{' '}
          <Link href="/mailbox" className="link">
            Open the mailbox
          </Link>
        </p>
      )}
      <p className="mt-6 text-interface text-muted">
        Nothing came?{' '}
        <Link href="/sign-in" className="link">
          Send another link
        </Link>
      </p>
    </main>
  )
}

function CodeForm({ fault }: { fault: string | null }) {
  return (
    <form method="post" action="/sign-in/code" className="mt-6" noValidate>
      <label htmlFor="code" className="block text-table font-medium">
        Or type the code from the mail
      </label>
      <div className="mt-1.5 flex gap-3">
        <input
          id="code"
          name="code"
          autoComplete="one-time-code"
          autoCapitalize="characters"
          spellCheck={false}
          maxLength={20}
          placeholder="K7QM-4XPD"
          aria-invalid={fault !== null}
          aria-describedby={fault === null ? undefined : 'code-fault'}
          className="field h-12 min-w-0 flex-1 px-3 font-mono text-lead uppercase placeholder:text-faint"
        />
        <button type="submit" className="button button-plain button-large">
          Sign in
        </button>
      </div>
      <FieldFault id="code-fault" text={fault} />
    </form>
  )
}
