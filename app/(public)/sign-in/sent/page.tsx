/** The link is on its way. */
import type { Metadata } from 'next'
import Link from 'next/link'
import { webDeps } from '#app/_server/deps.ts'
import { Icon } from '#app/_ui/icon.tsx'

export const metadata: Metadata = { title: 'Check your inbox' }

export default function SentPage() {
  const { config } = webDeps()
  const hasMailbox = config.SATSTILE_MODE === 'development' && config.SMTP_URL === undefined
  return (
    <main className="mx-auto mt-10 w-full max-w-[424px] px-5 md:mt-32">
      <Icon name="mail" className="mb-4 text-accent" />
      <h1 className="text-h1">Check your inbox</h1>
      <p className="mt-2 text-lead text-muted">The link works once, for 15 minutes, in this browser.</p>
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
