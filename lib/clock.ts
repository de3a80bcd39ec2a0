/** Time as an argument: whoever needs "now" is handed a clock, so tests can hold it still. */

export interface Clock {
  /** The present moment. */
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }
