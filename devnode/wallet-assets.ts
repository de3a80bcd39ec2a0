/** Style sheet and script of the demo wallet, kept as text so that the node is one file. */

export const WALLET_CSS = `@font-face {
  font-family: 'Instrument Sans';
  src: url('/font.woff2') format('woff2');
  font-weight: 400 700;
  font-display: swap;
}
:root {
  color-scheme: light dark;
  --canvas: light-dark(#faf8f3, #121513);
  --surface: light-dark(#ffffff, #191d1a);
  --text: light-dark(#1c1a16, #eceee8);
  --muted: light-dark(#5b5548, #b4bab0);
  --faint: light-dark(#6b6558, #99a096);
  --border: light-dark(#857e71, #768078);
  --hairline: light-dark(#ddd7ca, #2f3530);
  --accent: light-dark(#0a5a4b, #63d2b4);
  --accent-hover: light-dark(#07473b, #86e0c8);
  --on-accent: light-dark(#ffffff, #06241c);
  --paid: light-dark(#1b6a38, #74d192);
  --paid-soft: light-dark(#e0f1e4, #16301f);
  --waiting: light-dark(#1d5c9e, #8fbff5);
  --waiting-soft: light-dark(#e1edf8, #152b42);
  --error: light-dark(#b02a1f, #ff9c90);
  --error-soft: light-dark(#fbe5e2, #3b1a16);
  --sandbox: light-dark(#6b3fb0, #c5a8f7);
  --sandbox-soft: light-dark(#eee6fa, #2a1f40);
  --focus: light-dark(#1559d6, #8ab4ff);
}
* { box-sizing: border-box; margin: 0; }
[hidden] { display: none; }
body {
  background: var(--canvas);
  color: var(--text);
  font: 400 0.9375rem/1.5rem 'Instrument Sans', system-ui, sans-serif;
  font-feature-settings: 'tnum';
  -webkit-text-size-adjust: 100%;
}
header {
  display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 8px 16px;
  padding: 16px clamp(16px, 4vw, 32px);
  border-bottom: 1px solid var(--hairline);
}
.name { font-size: 1.0625rem; line-height: 1.625rem; font-weight: 600; }
.sandbox {
  padding: 2px 12px; border-radius: 999px;
  background: var(--sandbox-soft); color: var(--sandbox);
  font-size: 0.8125rem; line-height: 1.25rem; font-weight: 500;
}
main { max-width: 648px; margin: 0 auto; padding: 32px 16px 64px; display: grid; gap: 32px; }
h1 { font-size: 0.8125rem; line-height: 1.25rem; font-weight: 500; color: var(--muted); }
h2 { font-size: 1.0625rem; line-height: 1.625rem; font-weight: 600; margin-bottom: 8px; }
.figure { font-size: 2.75rem; line-height: 3rem; font-weight: 600; letter-spacing: -0.03em; }
.unit { margin-left: 2px; font-size: 1.0625rem; font-weight: 500; color: var(--muted); }
form {
  display: grid; gap: 12px; padding: 24px;
  background: var(--surface); border: 1px solid var(--hairline); border-radius: 12px;
}
label { font-weight: 500; }
textarea {
  width: 100%; padding: 12px; resize: vertical;
  background: var(--canvas); color: var(--text);
  border: 1px solid var(--border); border-radius: 4px;
  font: 400 1rem/1.5rem 'JetBrains Mono', ui-monospace, monospace; overflow-wrap: anywhere;
  field-sizing: content; min-height: 7.625rem; max-height: 20rem;
}
button {
  min-height: 48px; padding: 0 24px; border: 0; border-radius: 4px; cursor: pointer;
  background: var(--accent); color: var(--on-accent);
  font: 600 1.0625rem/1.5rem 'Instrument Sans', system-ui, sans-serif;
  transition: background-color 90ms;
}
button:hover { background: var(--accent-hover); }
button[aria-disabled='true'] { cursor: progress; opacity: 0.7; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.asked { color: var(--muted); }
.asked strong { color: var(--text); font-weight: 600; }
.status { display: flex; gap: 12px; padding: 12px 16px; border-radius: 4px; background: var(--waiting-soft); color: var(--waiting); font-weight: 500; }
/* Stays where it is, so that its first sentence is announced; empty it takes no room, not even the gap above it. */
.status[data-kind=''] { margin-top: -12px; padding: 0; background: none; }
.status svg { display: none; flex: none; width: 20px; height: 20px; margin-top: 2px; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
.status[data-kind='paid'] .icon-paid, .status[data-kind='waiting'] .icon-waiting, .status[data-kind='refused'] .icon-refused { display: block; }
.status[data-kind='paid'] { background: var(--paid-soft); color: var(--paid); }
.status[data-kind='refused'] { background: var(--error-soft); color: var(--error); }
ul { list-style: none; padding: 0; border-top: 1px solid var(--hairline); }
li {
  display: grid; grid-template-columns: 1fr auto; gap: 0 16px;
  padding: 12px 0; border-bottom: 1px solid var(--hairline);
}
li .faint { grid-column: 1 / -1; }
.memo { overflow-wrap: anywhere; }
.amount { font-weight: 500; white-space: nowrap; }
.faint { color: var(--faint); font-size: 0.8125rem; line-height: 1.25rem; }
@media (forced-colors: active) { button, textarea, form, .sandbox { border: 1px solid; } }
@media (prefers-reduced-motion: reduce) { button { transition: none; } }
`

export const WALLET_SCRIPT = `const form = document.getElementById('pay')
const field = document.getElementById('invoice')
const button = form.querySelector('button')
const status = document.getElementById('status')
const sentence = document.getElementById('sentence')
const asked = document.getElementById('asked')
const list = document.getElementById('payments')

const formatSats = (msat) => {
  const amount = BigInt(msat)
  const rest = amount % 1000n
  const whole = (amount / 1000n).toLocaleString('en-US')
  return rest === 0n ? whole : whole + '.' + String(rest).padStart(3, '0')
}
const say = (kind, text) => {
  status.dataset.kind = kind
  sentence.textContent = text
}
const element = (tag, className, text) => {
  const made = document.createElement(tag)
  if (className) made.className = className
  made.textContent = text
  return made
}
const describeTime = (iso) => {
  const at = new Date(iso)
  const minutes = Math.max(0, Math.round((Date.now() - at) / 60000))
  const clock = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  return clock + (minutes < 60 ? ' (' + (minutes === 0 ? 'just now' : minutes + ' min ago') + ')' : '')
}
const showPayment = (payment) => {
  const row = element('li', '', '')
  const meta = element('span', 'faint', describeTime(payment.paid_at) + ' \\u00b7 ' + payment.payment_hash.slice(0, 8))
  row.append(
    element('span', 'memo', payment.memo || 'No description'),
    element('span', 'amount', formatSats(payment.amount_msat) + ' sats'),
    meta,
  )
  return row
}
const refresh = async () => {
  const answer = await fetch('/state')
  const state = await answer.json()
  document.getElementById('balance').textContent = formatSats(state.balance_msat)
  list.replaceChildren(...state.payments.map(showPayment))
  document.getElementById('none').hidden = state.payments.length > 0
}
let asking = 0
const describe = async () => {
  const mine = ++asking
  const text = field.value.trim()
  asked.hidden = true
  if (text === '') return
  const answer = await fetch('/decode?invoice=' + encodeURIComponent(text))
  const decoded = await answer.json()
  if (mine !== asking) return
  if (decoded.refused) return say('refused', decoded.refused)
  say('', '')
  const amount = decoded.amount_msat === null ? 'No amount' : formatSats(decoded.amount_msat) + ' sats'
  asked.replaceChildren(element('strong', '', amount), decoded.description ? ' for \\u201c' + decoded.description + '\\u201d' : '')
  asked.hidden = false
}
field.addEventListener('input', () => describe().catch(() => undefined))
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  if (button.getAttribute('aria-disabled') === 'true') return
  button.setAttribute('aria-disabled', 'true')
  say('waiting', 'Paying.')
  try {
    const headers = { 'Content-Type': 'application/json' }
    const answer = await fetch('/pay', { method: 'POST', headers, body: JSON.stringify({ invoice: field.value }) })
    const result = await answer.json()
    if (answer.ok) {
      say('paid', 'Paid ' + formatSats(result.amount_msat) + ' sats.')
      field.value = ''
      asked.hidden = true
      await refresh()
    } else {
      say('refused', result.message)
      field.focus()
    }
  } catch {
    say('refused', 'The dev node does not answer. Try again; a paid invoice is never charged twice.')
  } finally {
    button.removeAttribute('aria-disabled')
  }
})
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) refresh().catch(() => undefined)
})
refresh().catch(() => undefined)
if (field.value !== '' && sentence.textContent === '') describe().catch(() => undefined)
`
