/** Wallets that can be asked to pay from within the page: one in the browser (WebLN), and the demo wallet of development. */

export type PaymentAnswer =
  /** `preimage`: 64 hex digits, null when the wallet does not show it. */
  | { readonly kind: 'said_paid'; readonly preimage: string | null }
  | { readonly kind: 'not_paid'; readonly message: string }

interface WebLn {
  enable(): Promise<unknown>
  sendPayment(invoice: string): Promise<{ preimage?: unknown }>
}

/** Asks the wallet in this browser; a wallet that is closed or refuses has not paid. */
export async function payByWebLn(invoice: string): Promise<PaymentAnswer> {
  const { webln } = window as { webln?: WebLn }
  try {
    if (!webln) return { kind: 'not_paid', message: 'There is no wallet in this browser.' }
    await webln.enable()
    const { preimage } = await webln.sendPayment(invoice)
    return { kind: 'said_paid', preimage: readPreimage(preimage) }
  } catch {
    return { kind: 'not_paid', message: 'The wallet in this browser has not paid. Nothing was charged.' }
  }
}

/** Asks the dev node's demo wallet at `walletUrl`. */
export async function payByDemoWallet(walletUrl: string, invoice: string): Promise<PaymentAnswer> {
  try {
    const response = await fetch(`${walletUrl.replace(/\/$/, '')}/pay`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ invoice }),
    })
    const body = (await response.json()) as { preimage?: unknown } | null
    if (!response.ok) return { kind: 'not_paid', message: 'The demo wallet has not paid. Nothing was charged.' }
    return { kind: 'said_paid', preimage: readPreimage(body?.preimage) }
  } catch {
    return { kind: 'not_paid', message: 'The demo wallet does not answer.' }
  }
}

function readPreimage(value: unknown): string | null {
  return typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value) ? value.toLowerCase() : null
}
