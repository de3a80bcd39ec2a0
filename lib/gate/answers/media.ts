/** Whether somebody is shown a page; pure. */
import { findHeader, type GateRequest } from '#lib/gate/request.ts'
import { isReadingRobot } from './robots.ts'

type Asking = Pick<GateRequest, 'headers'>

/** What Java's own client says of itself when its program says nothing: no wish for a page. */
const JAVA_DEFAULT = 'text/html, image/gif, image/jpeg, *'

/** Whether `Accept` names HTML, and JSON no dearer: pages are for people, whatever program they read with (protocol.md §1.4). */
export function wantsPage(request: Asking): boolean {
  const accept = findHeader(request, 'accept')?.toLowerCase() ?? ''
  if (!accept.includes('text/html') || accept.startsWith(JAVA_DEFAULT)) return false
  const html = weightOf(accept, 'text/html')
  return html > 0 && html >= weightOf(accept, 'application/json')
}

/** RFC 9110 12.4.2; 0 for a type that is not named, or whose weight cannot be read. */
function weightOf(accept: string, type: string): number {
  for (const part of accept.split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim())
    if (name !== type) continue
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    const quality = weight === undefined ? 1 : Number(weight.slice(2))
    return Number.isFinite(quality) ? quality : 0
  }
  return 0
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
