/** The demo wallet's page: balance, one field to pay an invoice, what was paid; it works without its script too. */
import type { NodeState } from './node.ts'
import { WALLET_CSS, WALLET_SCRIPT } from './wallet-assets.ts'

export { WALLET_CSS, WALLET_SCRIPT }

const RECENT = 12

export interface WalletState {
  readonly balance_msat: string
  readonly payments: readonly {
    readonly payment_hash: string
    readonly amount_msat: string
    readonly memo: string
    readonly paid_at: string
  }[]
}

/** Without preimages: whoever looks at the page only sees what was paid. */
export function describeState(node: NodeState): WalletState {
  const recent = node.ledger.walletPayments.slice(-RECENT).reverse()
  return {
    balance_msat: String(node.ledger.remoteMsat),
    payments: recent.flatMap((hash) => {
      const invoice = node.ledger.invoices.get(hash)
      if (invoice === undefined) return []
      const paidAt = new Date(invoice.settledAt * 1000).toISOString()
      return [{ payment_hash: hash, amount_msat: String(invoice.paidMsat), memo: invoice.memo, paid_at: paidAt }]
    }),
  }
}

export type Notice = { kind: 'paid'; paidMsat: bigint } | { kind: 'refused'; why: string } | null

export function renderPage(page: { state: WalletState; invoice: string; notice: Notice; font: Buffer | null }): string {
  const { state, notice } = page
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Demo wallet</title>
${page.font === null ? '' : '<link rel="preload" href="/font.woff2" as="font" type="font/woff2" crossorigin>'}
<link rel="stylesheet" href="/wallet.css">
<script src="/wallet.js" defer></script>
</head>
<body>
<header>
<p class="name">Demo wallet</p>
<p class="sandbox">Sandbox: these coins have no value</p>
</header>
<main>
<section class="balance" aria-labelledby="balance-label">
<h1 id="balance-label">Balance</h1>
<p><span class="figure" id="balance">${formatSats(state.balance_msat)}</span> <span class="unit">sats</span></p>
</section>
<form method="post" action="/pay" id="pay">
<label for="invoice">Lightning invoice</label>
<textarea id="invoice" name="invoice" rows="4" required spellcheck="false" autocomplete="off" autocapitalize="off" placeholder="lnbcrt…" aria-describedby="status">${escapeHtml(page.invoice)}</textarea>
<p id="asked" class="asked" hidden></p>
<button type="submit">Pay invoice</button>
${renderNotice(notice)}
</form>
<section aria-labelledby="paid-label">
<h2 id="paid-label">Paid</h2>
<ul id="payments">${state.payments.map(renderPayment).join('')}</ul>
<p id="none" class="faint"${state.payments.length > 0 ? ' hidden' : ''}>Nothing yet. Unlock an article and pay its invoice here.</p>
</section>
</main>
</body>
</html>
`
}

function renderNotice(notice: Notice): string {
  const kind = notice?.kind ?? ''
  const text =
    notice === null ? '' : notice.kind === 'paid' ? `Paid ${formatSats(String(notice.paidMsat))} sats.` : notice.why
  return `<p id="status" class="status" role="status" data-kind="${kind}">${ICONS}<span id="sentence">${escapeHtml(text)}</span></p>`
}

const icon = (name: string, path: string) =>
  `<svg class="icon-${name}" viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="7.25"/><path d="${path}"/></svg>`

/** The style sheet shows the one that fits: state is never colour alone. */
const ICONS =
  icon('paid', 'M6.8 10.2l2.2 2.2 4.2-4.6') +
  icon('waiting', 'M10 6v4l2.6 1.8') +
  icon('refused', 'M10 6.4v4.2M10 13.5v.1')

function renderPayment(payment: WalletState['payments'][number]): string {
  const time = payment.paid_at.slice(11, 16)
  return `<li><span class="memo">${escapeHtml(payment.memo || 'No description')}</span><span class="amount">${formatSats(payment.amount_msat)} sats</span><span class="faint"><time datetime="${payment.paid_at}">${time} UTC</time> · ${payment.payment_hash.slice(0, 8)}</span></li>`
}

/** `1,234`, and `1,234.567` where there is a part of a satoshi. */
function formatSats(amountMsat: string): string {
  const amount = BigInt(amountMsat)
  const whole = (amount / 1000n).toLocaleString('en-US')
  const rest = amount % 1000n
  return rest === 0n ? whole : `${whole}.${String(rest).padStart(3, '0')}`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
