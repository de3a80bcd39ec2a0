/** The payouts' parts: the only process with the right to spend, and nothing else that a payout does not need. */
import { readFileSync } from 'node:fs'
import { systemClock } from './clock.ts'
import { type Config, readConfig } from './config.ts'
import { openDatabase } from './db.ts'
import { EGRESS_LIMITS } from './egress/budget.ts'
import { openEgress } from './egress/open-egress.ts'
import { createLndPayer } from './lightning/lnd/payer.ts'
import { createLog } from './log.ts'
import { createMailer } from './mail.ts'
import { satsToMsat } from './money.ts'

/** Throws `ConfigFault` when the environment cannot be used; connects at first use. */
export function composePayouts(config: Config<'payouts'> = readConfig('payouts')) {
  const log = createLog({ process: 'payouts', level: config.LOG_LEVEL })
  const db = openDatabase({ url: config.DATABASE_URL_PAYOUTS, log })
  const payer = createLndPayer({
    socket: config.LND_SOCKET,
    cert: readFileSync(config.LND_TLS_CERT),
    macaroon: readFileSync(config.LND_SPEND_MACAROON),
    network: config.LND_NETWORK,
  })
  const egress = openEgress(config, { log, limits: EGRESS_LIMITS })
  const isDevelopment = config.SATSTILE_MODE === 'development'
  return {
    config,
    log,
    db,
    payer,
    egress,
    clock: systemClock,
    mail: createMailer({ smtpUrl: config.SMTP_URL, from: config.MAIL_FROM, isDevelopment, log }),
    appUrl: config.APP_URL,
    network: config.LND_NETWORK,
    openKeys: config.PAYOUT_OPEN_KEYS,
    cooldownSeconds: config.PAYOUT_COOLDOWN_SECONDS,
    caps: { creatorMsat: satsToMsat(config.PAYOUT_CREATOR_CAP_SAT), allMsat: satsToMsat(config.PAYOUT_DAILY_CAP_SAT) },
    killPoint: killAt(config.PAYOUT_KILL_AT),
    async close() {
      payer.close()
      await Promise.all([db.close(), egress.close()])
    },
  }
}

/** Ends this process at once, as the machine would; a test names the place. */
function killAt(place: string | undefined) {
  return (name: string) => {
    if (name === place) process.kill(process.pid, 'SIGKILL')
  }
}
