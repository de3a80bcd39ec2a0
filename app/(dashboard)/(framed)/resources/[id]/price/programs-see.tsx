'use client'
/** The 402 as programs will see it; what follows the price is marked. */
import type { ReactNode } from 'react'
import type { Pricing } from '#app/_server/reads/resources.ts'
import { CopyButton } from '#app/_ui/copy-button.tsx'
import { invoiceAmount } from '#app/_ui/what-if.ts'
import { FIRST_OFFER } from '#lib/paywall/offers/offer.ts'

export function ProgramsSee({ pricing, sats }: { pricing: Pricing; sats: number | null }) {
  const value = sats ?? 0
  return (
    <section aria-labelledby="programs-title">
      <div className="flex items-center justify-between">
        <h2 id="programs-title" className="text-lead">
          Programs see
        </h2>
        <CopyButton text={`curl -si ${pricing.url}`} label="Copy as curl" word="Copy as curl" />
      </div>
      <pre className="mt-3 [overflow-wrap:anywhere] rounded-card border border-hairline bg-sunken px-4 py-3.5 font-mono text-table whitespace-pre-wrap text-muted">
        <strong className="font-semibold text-text">HTTP/1.1 402 Payment Required</strong>
        {'\nWWW-Authenticate: L402 macaroon="AgEIc2F0c3RpbGUCQgAA…",\n  invoice="'}
        {pricing.invoicePrefix}
        <Marked>{invoiceAmount(value)}</Marked>
        {'1…", version="0"\n\n{"error":"payment_required","reason":"l402.missing",\n "message":"'}
        <Marked>{value}</Marked>
        {` sats opens this ${pricing.card.noun}.`}
        {'",\n "priceSats":'}
        <Marked>{value}</Marked>
        {`,"offers":[{"id":"${FIRST_OFFER}","price_sats":`}
        <Marked>{value}</Marked>
        {'}]}'}
      </pre>
      <p className="mt-2 text-label text-faint">
        Shortened: macaroon and invoice are some hundred characters each, and new for every request.
      </p>
    </section>
  )
}

function Marked({ children }: { children: ReactNode }) {
  return <mark className="rounded-[2px] bg-accent-soft font-semibold text-accent">{children}</mark>
}
