/** What a thief would like to stay unseen is told by mail from the process that pays: the dashboard cannot keep it back. */
import type { Clock } from '#lib/clock.ts'
import type { Db } from '#lib/db.ts'
import { describeCause, type Log } from '#lib/log.ts'
import type { Mailer } from '#lib/mail.ts'
import { listAddresses, listUnannounced, markAnnounced } from './destination-store.ts'

export interface AnnounceDeps {
  readonly db: Db
  readonly clock: Clock
  readonly mail: Mailer
  readonly log: Log
  /** Of the dashboard, where a payout can be called off. */
  readonly appUrl: string
}

const AT_ONCE = 50

/** Tells of every new destination that was not told yet; nothing goes there before. What cannot be sent holds up nobody else. */
export async function announceDestinations(deps: AnnounceDeps): Promise<void> {
  for (const destination of await listUnannounced(deps.db.client, AT_ONCE)) {
    const { creatorId, name, usableAt } = destination
    const from = usableAt.toISOString().slice(0, 16).replace('T', ' ')
    const isTold = await tell(deps, creatorId, {
      subject: 'A new destination for your money',
      text: `A payout was asked for to ${name}, to which none of your money has gone before.\nFrom ${from} UTC on money can go there. If that was not you, call it off now: ${deps.appUrl}/money\n`,
    })
    if (isTold) await markAnnounced(deps.db.client, { creatorId, name, at: deps.clock.now() })
  }
}

/** Tells that an authenticator was taken. */
export async function announceFactor(deps: AnnounceDeps, creatorId: string): Promise<void> {
  await tell(deps, creatorId, {
    subject: 'A new authenticator for your payouts',
    text: `An authenticator was set up: its codes now allow payouts. If that was not you, look at ${deps.appUrl}/money at once.\n`,
  })
}

/** `false`: somebody could not be told. */
async function tell(deps: AnnounceDeps, creatorId: string, mail: { subject: string; text: string }): Promise<boolean> {
  try {
    for (const to of await listAddresses(deps.db.client, creatorId)) await deps.mail.send({ ...mail, to })
    return true
  } catch (cause) {
    deps.log.warn('a creator could not be told by mail', { creatorId, cause: describeCause(cause) })
    return false
  }
}
