/** The gateway process: configuration, parts, port; ends within five seconds of a signal. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { composeGateway } from '#lib/compose-gateway.ts'
import { Fault } from '#lib/errors.ts'
import { createLog, describeCause } from '#lib/log.ts'
import { drainOnSignal, endFor, readConfigOrEnd, surviveUncaught, tellReady } from '#lib/process.ts'
import { type Gateway, startGateway } from './start-gateway.ts'

/** Besides the grace for open answers, this leaves a second for what still has to be written. */
const DRAIN_MS = 4_500
/** A gateway whose database is silent is as ready as it can be after this long: it answers 503. */
const READY_WITHIN_MS = 2_000

/** The sentence for whoever starts the process: what happened, and the next step. */
function explain(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
    return `port ${config.GATEWAY_PORT} is taken: end the program that listens there, or set GATEWAY_PORT to a free port, and start again`
  }
  if (cause instanceof Fault && cause.code === 'database.unavailable') {
    return `the gateway cannot start: ${cause.message}; correct that, or DATABASE_URL_GATE, and start again`
  }
  return `the gateway cannot start: ${cause instanceof Fault ? cause.message : describeCause(cause)}`
}

const config = readConfigOrEnd('gateway')
const log = createLog({ process: 'gateway', level: config.LOG_LEVEL })
surviveUncaught(log)
let gateway: Gateway | null = null
drainOnSignal({ log, withinMs: DRAIN_MS, drain: async () => gateway?.stop() })

try {
  // The reader's styles and scripts are built beside this bundle.
  const deps = await composeGateway({ config, assetsFolder: join(import.meta.dirname, 'reader') })
  gateway = await startGateway(deps)
  log.info('listening', { port: gateway.port })
  const trusted = deps.trusted.catch((cause: unknown) => endFor(cause, explain))
  await Promise.race([trusted, pause(READY_WITHIN_MS, undefined, { ref: false })])
  tellReady()
} catch (cause) {
  endFor(cause, explain)
}
