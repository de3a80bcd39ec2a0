/** The gateway process: configuration, parts, port; ends within five seconds of a signal. */
import { join } from 'node:path'
import { composeGateway } from '#lib/compose-gateway.ts'
import { type Config, ConfigFault, readConfig } from '#lib/config.ts'
import { Fault } from '#lib/errors.ts'
import { createLog, describeCause } from '#lib/log.ts'
import { type Gateway, startGateway } from './start-gateway.ts'

/** sysexits.h: the configuration is wrong, and starting again changes nothing. */
const EXIT_CONFIG = 78
const EXIT_UNAVAILABLE = 1
/** Beside the grace of open answers this leaves a second for what waits to be written. */
const DRAIN_MS = 4_500

/** The sentence for whoever starts the process: what happened, and the next step. */
function explain(cause: unknown, config: Config<'gateway'>): string {
  if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
    return `port ${config.GATEWAY_PORT} is taken: end the program that listens there, or set GATEWAY_PORT to a free port, and start again`
  }
  if (cause instanceof Fault && cause.code === 'database.unavailable') {
    return `the gateway cannot start: ${cause.message}; mend that, or DATABASE_URL_GATE, and start again`
  }
  if (cause instanceof Fault) return `the gateway cannot start: ${cause.message}`
  return `the gateway cannot start: ${describeCause(cause)}`
}

function endWith(code: number, sentence: string): never {
  process.stderr.write(`${sentence}\n`)
  return process.exit(code)
}

function readConfigOrEnd(): Config<'gateway'> {
  try {
    return readConfig('gateway')
  } catch (cause) {
    if (cause instanceof ConfigFault) return endWith(EXIT_CONFIG, cause.message)
    throw cause
  }
}

async function startOrEnd(config: Config<'gateway'>): Promise<Gateway> {
  try {
    // The reader's styles and scripts are built beside this bundle.
    return await startGateway(await composeGateway({ config, assetsFolder: join(import.meta.dirname, 'reader') }))
  } catch (cause) {
    if (cause instanceof ConfigFault) return endWith(EXIT_CONFIG, cause.message)
    return endWith(EXIT_UNAVAILABLE, explain(cause, config))
  }
}

const config = readConfigOrEnd()
const log = createLog({ process: 'gateway', level: config.LOG_LEVEL })
// One request that failed in an unforeseen way must not end the others; it is told and the process goes on.
process.on('unhandledRejection', (cause) => log.error('nobody caught this', { cause: describeCause(cause) }))

let stop: () => Promise<void> = async () => undefined
let ending = false
function end(): void {
  if (ending) return
  ending = true
  setTimeout(() => process.exit(0), DRAIN_MS).unref()
  void stop()
    .catch((cause: unknown) => log.warn('the end was not clean', { cause: describeCause(cause) }))
    .finally(() => process.exit(0))
}
process.on('SIGTERM', end)
process.on('SIGINT', end)

const gateway = await startOrEnd(config)
stop = () => gateway.stop()
log.info('listening', { port: gateway.port })
process.stdout.write('ready\n')
