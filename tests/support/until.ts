/** Waits for a condition instead of sleeping, with a bound: what never comes true fails with a sentence, not a timeout. */
import { setTimeout as pause } from 'node:timers/promises'

/**
 * Asks `condition` every `everyMs` (20) until it answers something truthy, and answers that. After `withinMs` (10,000)
 * it throws, naming `what` was awaited. A condition that throws counts as "not yet"; its last reason is told.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  options: { withinMs?: number; everyMs?: number } = {},
): Promise<NonNullable<Exclude<T, false | 0 | ''>>> {
  const end = performance.now() + (options.withinMs ?? 10_000)
  let reason = ''
  while (performance.now() < end) {
    try {
      const value = await condition()
      if (value) return value as NonNullable<Exclude<T, false | 0 | ''>>
    } catch (cause) {
      reason = ` (last reason: ${cause instanceof Error ? cause.message : String(cause)})`
    }
    await pause(options.everyMs ?? 20)
  }
  throw new RangeError(`waited ${options.withinMs ?? 10_000} ms in vain until ${what}${reason}`)
}
