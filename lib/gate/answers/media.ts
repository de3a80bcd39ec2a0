/** Whether somebody is shown a page; pure. */
import { findHeader, type GateRequest } from '#lib/gate/request.ts'
import { isReadingRobot } from './robots.ts'
import { readWishes, type Wish } from './weights.ts'

type Asking = Pick<GateRequest, 'headers'>

/** What Java's own client says of itself when its program says nothing: no wish for a page. */
const JAVA_DEFAULT = 'text/html, image/gif, image/jpeg, *'

/** Whether `Accept` names HTML, and gives JSON no higher weight: pages are for people, whatever program they read with (protocol.md §1.4). */
export function wantsPage(request: Asking): boolean {
  const accept = findHeader(request, 'accept')?.toLowerCase() ?? ''
  if (!accept.includes('text/html') || accept.startsWith(JAVA_DEFAULT)) return false
  const wishes = readWishes(accept)
  const html = weightOf(wishes, 'text/html')
  return html > 0 && html >= weightOf(wishes, 'application/json')
}

/** 0 for a type that is not named. */
function weightOf(wishes: readonly Wish[], type: string): number {
  return wishes.find(({ name }) => name === type)?.weight ?? 0
}

/**
 * A person opens an address, or a robot that reads for people does: such a request gets the preview with 200, and the
 * invoice when a button is pressed.
 */
export function isPageLoad(request: Asking): boolean {
  return isRobot(request) || (wantsPage(request) && !isProgram(request))
}

/** Asks for nothing that costs an invoice, whatever it accepts. */
export function isRobot(request: Asking): boolean {
  return isReadingRobot(findHeader(request, 'user-agent'))
}

function isProgram(request: Asking): boolean {
  return findHeader(request, 'authorization') !== null || findHeader(request, 'accept-authenticate') !== null
}
