/** How far the bytes of a counted part came is noted when its stream has ended, however it ended. */
import { type BegunPart, endPart } from '#lib/paywall/entitlements/end-part.ts'
import type { GateDeps } from './deps.ts'
import type { Admitted, Content } from './target.ts'

/** The same, told of by its own end. What is not sent from the disk has no parts and stays as it is. */
export function measured(deps: Pick<GateDeps, 'db' | 'clock'>, admitted: Admitted, begun: BegunPart): Admitted {
  const { target } = admitted
  if (target.kind !== 'hosted' || target.content.body instanceof Uint8Array) return admitted
  const body = measure(target.content.body, (sentTo) => {
    // Not noted, it stays granted: its client may ask for as much again, and no use is lost.
    void endPart(deps, begun, sentTo).catch(() => undefined)
  })
  return { ...admitted, target: { ...target, content: { ...target.content, body } } }
}

type OpenContent = Exclude<Content['body'], Uint8Array>

/** `onEnd` hears the end of what was taken: a piece counts when the next one is asked for. */
function measure(open: OpenContent, onEnd: (sentTo: number) => void): OpenContent {
  return async function* (start, end) {
    let at = start
    try {
      for await (const piece of open(start, end)) {
        yield piece
        at += piece.length
      }
    } finally {
      onEnd(at)
    }
  }
}
