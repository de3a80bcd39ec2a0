/** Where money may have moved already, trouble of ours is told as just that: not known, and not to be paid again. */
import { Fault } from '#lib/errors.ts'

/** Does `work`; what database or node fail it with becomes `paywall.settlement_unknown` (protocol.md §9). */
export async function whilePaid<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (!isDependency(cause)) throw cause
    throw new Fault('paywall.settlement_unknown', cause.message, { cause })
  }
}

/** Whether database or node did not answer. */
export function isDependency(cause: unknown): cause is Fault {
  return cause instanceof Fault && (cause.code === 'database.unavailable' || cause.code.startsWith('lightning.'))
}
