/** Logs for tests: one that says nothing, and one that remembers what was said. */
import type { Log, LogFields } from '#lib/log.ts'

const nothing = () => undefined
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }

export interface RememberedLine {
  level: 'debug' | 'info' | 'warn' | 'error'
  message: string
  fields: LogFields
}

/** A log whose lines can be asserted on. */
export function createMemoryLog(): { log: Log; lines: RememberedLine[] } {
  const lines: RememberedLine[] = []
  const write =
    (level: RememberedLine['level']) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields })
    }
  return { log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }, lines }
}
