/** Plain mail by SMTP; in development, where there is none, it is told by the log. */
import { createTransport } from 'nodemailer'
import { Fault } from './errors.ts'
import type { Log } from './log.ts'

export interface Mailer {
  /** Throws what the mail server says, and `Fault('internal.bug')` when none is configured. */
  send(mail: { to: string; subject: string; text: string }): Promise<void>
}

export function createMailer(options: {
  readonly smtpUrl: string | undefined
  readonly from: string
  readonly isDevelopment: boolean
  readonly log: Log
}): Mailer {
  const { smtpUrl, from, isDevelopment, log } = options
  return {
    async send({ to, subject, text }) {
      // As an object, for a text would be parsed once more.
      if (smtpUrl !== undefined)
        await createTransport(smtpUrl).sendMail({ from, to: { name: '', address: to }, subject, text })
      else if (isDevelopment) log.info(`mail to ${to}: ${subject}`)
      else throw new Fault('internal.bug', 'SMTP_URL is not set, mail cannot be sent')
    },
  }
}
