/** The second door's part in a process of Next: configuration, parts, and an end within five seconds of a signal. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { composeGateway } from '#lib/compose-gateway.ts'
import type { Door } from '#lib/door.ts'
import { Fault } from '#lib/errors.ts'
import { createLog, describeCause } from '#lib/log.ts'
import { drainOnSignal, endFor, readConfigOrEnd } from '#lib/process.ts'
import { openGateDoor } from './door.ts'

const GRACE_MS = 1_500
const DRAIN_MS = 4_500
/** A door whose database is silent is as ready as it can be after this long: it answers 503. */
const READY_WITHIN_MS = 2_000

/** The sentence for whoever starts the process. */
function explain(cause: unknown): string {
  const said = cause instanceof Fault ? cause.message : describeCause(cause)
  const isDatabase = cause instanceof Fault && cause.code === 'database.unavailable'
  return `the second door cannot start: ${said}${isDatabase ? '; correct that, or DATABASE_URL_DOOR, and start again' : ''}`
}

/** Ends the process with a sentence when it cannot be opened. */
export async function openDoor(): Promise<Door> {
  const { DATABASE_URL_DOOR, DOOR_PORT, WEB_ROLE: _, ...shared } = readConfigOrEnd('door')
  const log = createLog({ process: 'door', level: shared.LOG_LEVEL })
  try {
    const config = { ...shared, DATABASE_URL_GATE: DATABASE_URL_DOOR, GATEWAY_PORT: DOOR_PORT, GATEWAY_TLS: '' }
    // The reader's styles and scripts are built beside this bundle.
    const deps = await composeGateway({ config, log, assetsFolder: join(import.meta.dirname, 'reader') })
    const door = openGateDoor(deps)
    drainOnSignal({ log, withinMs: DRAIN_MS, drain: () => door.stop(GRACE_MS) })
    const trusted = deps.trusted.catch((cause: unknown) => endFor(cause, explain))
    await Promise.race([trusted, pause(READY_WITHIN_MS, undefined, { ref: false })])
    return door
  } catch (cause) {
    return endFor(cause, explain)
  }
}
