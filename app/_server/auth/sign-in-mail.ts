/** A sign-in link and its code reach their reader: by SMTP, or in development by the mailbox page and the log. */
import 'server-only'
import { createTransport } from 'nodemailer'
import { webDeps } from '#app/_server/deps.ts'
import { Fault } from '#lib/errors.ts'
import { formatCode } from './sign-in-code.ts'

interface Mail {
  readonly to: string
  readonly subject: string
  readonly link: string
  /** As it is typed: `K7QM-4XPD`. */
  readonly code: string
  readonly sentAt: Date
}

const MAILBOX_SIZE = 20
const shared = globalThis as typeof globalThis & { satstileMailbox?: Mail[] }

/** Sends a link with its code. Throws what the mail server says, and `Fault('internal.bug')` when none is configured. */
export async function sendSignInMail(to: string, { link, code }: { link: string; code: string }): Promise<void> {
  const { config, clock } = webDeps()
  const subject = `Sign in to ${new URL(config.APP_URL).host}`
  const mail = { to, subject, link, code: formatCode(code), sentAt: clock.now() }
  if (config.SMTP_URL !== undefined) return await sendBySmtp(mail, config.SMTP_URL)
  if (config.SATSTILE_MODE !== 'development')
    throw new Fault('internal.bug', 'SMTP_URL is not set, sign-in mail cannot be sent')
  keepInMailbox(mail)
}

/** Newest first; empty outside development. */
export function listMailbox(): readonly Mail[] {
  return shared.satstileMailbox ?? []
}

async function sendBySmtp({ to, subject, link, code }: Mail, smtpUrl: string): Promise<void> {
  const text = [
    `${subject}:`,
    link,
    `Or type this code where you asked for it: ${code}`,
    'Both work once, for 15 minutes, in the browser that asked. If that was not you, nothing happens; delete this mail.',
  ]
  await createTransport(smtpUrl).sendMail({
    from: webDeps().config.MAIL_FROM,
    // As an object, for a text would be parsed once more.
    to: { name: '', address: to },
    subject,
    text: `${text.join('\n\n')}\n`,
  })
}

function keepInMailbox(mail: Mail): void {
  shared.satstileMailbox = [mail, ...listMailbox()].slice(0, MAILBOX_SIZE)
  // Development only: nobody reads this log but whoever started the process, and the link opens in one browser alone.
  webDeps().log.info(`sign-in link for ${mail.to}: ${mail.link} (code ${mail.code})`)
}
