/** Structured logs with an allow-list of fields, so a secret cannot get into them by being passed along. */
import { writeSync } from 'node:fs'
import { pino } from 'pino'

/** What a log line may carry; credentials, preimages, macaroons, keys, claim secrets and cookies have no field here. */
export interface LogFields {
  code?: string
  reason?: string
  requestId?: string
  creatorId?: string
  resourceId?: string
  challengeId?: string
  payoutId?: string
  method?: string
  status?: number
  count?: number
  durationMs?: number
  job?: string
  pid?: number
  port?: number
  cause?: string
}

export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

const ALLOWED: readonly (keyof LogFields)[] = [
  'code',
  'reason',
  'requestId',
  'creatorId',
  'resourceId',
  'challengeId',
  'payoutId',
  'method',
  'status',
  'count',
  'durationMs',
  'job',
  'pid',
  'port',
  'cause',
]

/**
 * The log of one process, on standard output. A field outside the list is dropped, also when a cast let it through; a line
 * for which there is no room is dropped and counted, and the count is told when there is room again.
 */
export function createLog(options: { process: string; level: string }): Log {
  const output = createOutput()
  const logger = pino(
    { level: options.level, base: { process: options.process }, timestamp: pino.stdTimeFunctions.isoTime },
    output,
  )
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: LogFields) => {
    logger[level](pick(fields), message)
    const count = output.takeDropped()
    if (count > 0) logger.warn({ count }, 'log lines were dropped: there was no room for them')
  }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

const STANDARD_OUTPUT = 1

/** pino's own writes a line that found a full disk again and again, and does nothing else meanwhile. */
function createOutput(): { write(line: string): void; takeDropped(): number } {
  let dropped = 0
  let hasRoom = true
  return {
    write(line) {
      try {
        writeSync(STANDARD_OUTPUT, line)
        hasRoom = true
      } catch {
        hasRoom = false
        dropped += 1
      }
    },
    takeDropped() {
      const count = hasRoom ? dropped : 0
      dropped -= count
      return count
    },
  }
}

function pick(fields: LogFields | undefined): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  if (fields !== undefined) for (const name of ALLOWED) if (fields[name] !== undefined) kept[name] = fields[name]
  return kept
}

/** A sentence for the log from anything thrown: name and message, no stack, no values that it carries. */
export function describeCause(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : 'unknown cause'
}
