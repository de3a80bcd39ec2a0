/** Which parts of a body one use has brought: what was not sent yet belongs to the same use. Source: protocol.md §6.2. */

/** Bytes from `start` up to and without `end` of a body of `length` bytes that is known by its tag. */
export interface BodyPart {
  readonly etag: string
  readonly start: number
  readonly end: number
  readonly length: number
}

export interface Delivery {
  /** How many uses have been taken for this body so far: reports of an earlier one say nothing of this one. */
  readonly uses: number
  /** What surely arrived: first byte and end in turn, rising, never touching. */
  readonly sent: readonly number[]
  /** Bytes sent or being sent, those that were lost on the way too. */
  readonly granted: number
  /** When bytes of it last began or ended to move. */
  readonly movedAt: Date
}

/** Since bytes last moved: a transfer may take longer than this, and the pause before it goes on may not. */
const OPEN_MS = 15 * 60 * 1000
/**
 * Written to the system and perhaps never read by the client: buffers of both ends. A transfer that broke takes this much
 * back as not sent.
 */
const IN_FLIGHT_BYTES = 8 * 1024 * 1024
/** Parts with gaps between them; a client that has more begins anew. */
const MAX_SENT = 512

/**
 * Whether `part` costs no further use. What begins at the first byte is new, unless nothing of the body has left: so many at
 * once take as many uses. What begins later may go on for a transfer that we do not know to be broken yet, so a use brings
 * up to twice the body.
 */
export function isCovered({ uses, sent, granted, movedAt }: Delivery, part: BodyPart, now: Date): boolean {
  if (uses === 0 || now.getTime() - movedAt.getTime() > OPEN_MS || sent.length > MAX_SENT) return false
  const most = part.start === 0 ? part.length : 2 * part.length
  return granted + part.end - part.start <= most && !overlaps(sent, part)
}

/** As the part leaves: by the same use, or by a new one. */
export function begin(delivery: Delivery, part: BodyPart, at: { isCovered: boolean; now: Date }): Delivery {
  const length = part.end - part.start
  if (at.isCovered) return { ...delivery, granted: delivery.granted + length, movedAt: at.now }
  return { uses: delivery.uses + 1, sent: [], granted: length, movedAt: at.now }
}

/** As the part has ended: all of it was handed over, or what came before `sentTo`, of which the last bytes may be lost. */
export function end(delivery: Delivery, part: BodyPart, at: { sentTo: number; now: Date }): Delivery {
  const isWhole = at.sentTo >= part.end
  const arrived = isWhole ? part.end : at.sentTo - IN_FLIGHT_BYTES
  const sent = arrived > part.start ? add(delivery.sent, part.start, arrived) : delivery.sent
  const granted = Math.max(0, delivery.granted - Math.max(0, part.end - at.sentTo))
  return { ...delivery, sent, granted, movedAt: at.now }
}

function overlaps(sent: readonly number[], { start, end: until }: BodyPart): boolean {
  for (let at = 0; at + 1 < sent.length; at += 2) {
    if ((sent[at] as number) < until && start < (sent[at + 1] as number)) return true
  }
  return false
}

function add(sent: readonly number[], start: number, until: number): number[] {
  const merged: number[] = []
  let [from, to] = [start, until]
  for (let at = 0; at + 1 < sent.length; at += 2) {
    const [first, last] = [sent[at] as number, sent[at + 1] as number]
    if (last < from) merged.push(first, last)
    else if (first > to) {
      merged.push(from, to)
      ;[from, to] = [first, last]
    } else [from, to] = [Math.min(from, first), Math.max(to, last)]
  }
  return [...merged, from, to]
}
