/** A sign-in link reaches its reader: by SMTP, or in development by the mailbox page and the log. */
import 'server-only'
import { createTransport } from 'nodemailer'
import { webDeps } from '#app/_server/deps.ts'
import { Fault } from '#lib/errors.ts'

export interface Mail {
  readonly to: string
  readonly subject: string
  readonly link: string
  readonly sentAt: Date
}

const MAILBOX_SIZE = 20
const shared = globalThis as typeof globalThis & { satstileMailbox?: Mail[] }

/** Sends one sign-in link that lasts until `expiresAt`. Throws `Fault('internal.bug')` when no way to send is configured. */
export async function sendSignInLink(to: string, link: string): Promise<void> {
  const { config } = webDeps()
  if (config.SMTP_URL !== undefined) return await sendBySmtp(to, link)
  if (config.SATSTILE_MODE !== 'development')
    throw new Fault('internal.bug', 'SMTP_URL is not set, sign-in mail cannot be sent')
  keepInMailbox(to, link)
}

/** Newest first; empty outside development. */
export function listMailbox(): readonly Mail[] {
  return shared.satstileMailbox ?? []
}

async function sendBySmtp(to: string, link: string): Promise<void> {
  const { config } = webDeps()
  const host = new URL(config.NEXTAUTH_URL).host
  await createTransport(config.SMTP_URL).sendMail({
    to,
    from: config.MAIL_FROM,
    subject: `Sign in to ${host}`,
    text: `Sign in to ${host}:\n\n${link}\n\nThe link works once, for 15 minutes, in the browser that asked for it.\nIf that was not you, nothing happens; delete this mail.\n`,
  })
}

function keepInMailbox(to: string, link: string): void {
  const { clock, log, config } = webDeps()
  const mail = { to, link, subject: `Sign in to ${new URL(config.NEXTAUTH_URL).host}`, sentAt: clock.now() }
  shared.satstileMailbox = [mail, ...listMailbox()].slice(0, MAILBOX_SIZE)
  // Development only: nobody reads this log but whoever started the process, and the link opens in one browser alone.
  log.info(`sign-in link for ${to}: ${link}`)
}
