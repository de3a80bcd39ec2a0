/** Whether somebody is shown a page; pure. */
import { findHeader, type GateRequest } from '#lib/gate/request.ts'

/** protocol.md §1.4: pages are for browsers, everybody else gets JSON. */
export function wantsPage(request: GateRequest): boolean {
  const accept = findHeader(request, 'accept')
  if (accept === null || !accept.toLowerCase().includes('text/html')) return false
  return findHeader(request, 'user-agent')?.includes('Mozilla') === true
}

/** A person opens an address: such a request gets the preview with 200, and the invoice when a button is pressed. */
export function isPageLoad(request: GateRequest): boolean {
  return (
    wantsPage(request) &&
    findHeader(request, 'authorization') === null &&
    findHeader(request, 'accept-authenticate') === null
  )
}
