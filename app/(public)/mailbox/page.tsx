/** Development only: the mail that would have been sent. */
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { listMailbox } from '#app/_server/auth/sign-in-mail.ts'
import { webDeps } from '#app/_server/deps.ts'
import { formatClock } from '#app/_ui/format.ts'

export const metadata: Metadata = { title: 'Mailbox' }

export default function MailboxPage() {
  if (webDeps().config.SATSTILE_MODE !== 'development') notFound()
  const mails = listMailbox()
  return (
    <main className="mx-auto mt-10 w-full max-w-[680px] px-5">
      <h1 className="text-h1 tracking-[-0.01em]">Mailbox</h1>
      <p className="mt-2 text-interface text-muted">
        Sign-in mail of this development copy, newest first. Nothing here was sent anywhere.
      </p>
      {mails.length === 0 ? (
        <p className="mt-8 border-y border-hairline py-6 text-interface">
          No mail yet. Ask for a link on the sign-in page; it appears here.
        </p>
      ) : (
        <ul className="mt-8 border-t border-hairline">
          {mails.map((mail) => (
            <li key={mail.link} className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-hairline py-4">
              <span className="text-table text-faint">{formatClock(mail.sentAt)}</span>
              <span className="min-w-0 flex-1">
                <span className="block font-medium">{mail.subject}</span>
                <span className="block text-table break-all text-muted">to {mail.to}</span>
                <span className="block text-table text-muted">
                  code <code className="font-mono text-text select-all">{mail.code}</code>
                </span>
              </span>
              <a href={mail.link} className="button button-primary">
                Sign in
              </a>
            </li>
          ))}
        </ul>
      )}
    </main>
  )
}
