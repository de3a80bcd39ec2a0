/** A backend of which somebody else is told every call: its name, how long it took, whether it failed; never what it was about. */
import type { Observe } from '#lib/observe.ts'
import type { LightningBackend } from './backend.ts'

export function observeBackend(backend: LightningBackend, observe: Observe): LightningBackend {
  return {
    ...backend,
    createInvoice: (input) => observe('create_invoice', () => backend.createInvoice(input)),
    lookupInvoice: (paymentHash) => observe('lookup_invoice', () => backend.lookupInvoice(paymentHash)),
    listInvoices: (input) => observe('list_invoices', () => backend.listInvoices(input)),
    revealPreimage: (paymentHash) => observe('reveal_preimage', () => backend.revealPreimage(paymentHash)),
  }
}
