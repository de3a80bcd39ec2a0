/** The catalogue of events: for each type the ids that a receiver needs to read the rest; never a secret, a hash that opens something, or text of a creator. */
import { z } from 'zod'

/** Members may be added to a payload and none is ever taken away or renamed: receivers of another version read it too. */
const EVENTS = {
  /** An invoice was paid and credited. */
  'sale.settled': z.object({
    challengeId: z.string(),
    resourceId: z.string(),
    /** What arrived, a whole number in decimal digits. */
    receivedMsat: z.string().regex(/^\d+$/),
    channel: z.string(),
  }),
  /** A resource can be bought from now on, or its content is another one. */
  'resource.published': z.object({ resourceId: z.string(), slug: z.string() }),
  /** A resource is gone for good, for those who bought it too. */
  'resource.deleted': z.object({ resourceId: z.string(), slug: z.string() }),
} as const

export type EventType = keyof typeof EVENTS
export type EventPayload<T extends EventType> = z.infer<(typeof EVENTS)[T]>

/** Whether a stored event is one of the catalogue, with the payload that its type has. */
export function isKnownEvent(event: { type: string; payload: unknown }): boolean {
  const type = Object.hasOwn(EVENTS, event.type) ? (event.type as EventType) : null
  return type !== null && EVENTS[type].safeParse(event.payload).success
}
