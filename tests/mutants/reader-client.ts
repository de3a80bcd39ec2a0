/** Guards of the script on reader pages: nobody pays twice, and no secret is lost or left lying about. */
import type { Mutant } from '#scripts/lab/mutant.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'asked-while-open',
    why: 'an open invoice is not asked for again',
    file: 'lib/reader/client/paywall-flow.ts',
    old: `    case 'idle':
    case 'wallet_down':`,
    new: `    case 'idle':
    case 'waiting':
    case 'wallet_down':`,
    tests: ['lib/reader/client/paywall-flow.test.ts'],
  },
  {
    name: 'asked-while-unclear',
    why: 'no new invoice once a wallet has said paid',
    file: 'lib/reader/client/paywall-flow.ts',
    old: `    case 'idle':
    case 'wallet_down':`,
    new: `    case 'idle':
    case 'unclear':
    case 'wallet_down':`,
    tests: ['lib/reader/client/paywall-flow.test.ts'],
  },
  {
    name: 'asked-when-lost',
    why: 'no new invoice after settlement',
    file: 'lib/reader/client/paywall-flow.ts',
    old: `    case 'idle':
    case 'wallet_down':`,
    new: `    case 'idle':
    case 'lost':
    case 'wallet_down':`,
    tests: ['lib/reader/client/paywall-flow.test.ts'],
  },
  {
    name: 'older-forgotten',
    why: 'an older invoice still opens when it is paid',
    file: 'lib/reader/client/paywall-flow.ts',
    old: "return to({ view: 'making', older: purchasesOf(state) }, { kind: 'ask' })",
    new: "return to({ view: 'making', older: [] }, { kind: 'ask' })",
    tests: ['lib/reader/client/paywall-flow.test.ts'],
  },
  {
    name: 'expires-after-said-paid',
    why: 'an invoice does not run out once a wallet said paid',
    file: 'lib/reader/client/paywall-flow.ts',
    old: `  if (saidPaidAtMs !== null) {
`,
    new: `  if (saidPaidAtMs !== null && nowMs < purchase.expiresAtMs) {
`,
    tests: ['lib/reader/client/paywall-flow.test.ts'],
  },
  {
    name: 'late-not-told',
    why: 'money that comes late is called late',
    file: 'lib/reader/client/paywall-flow.ts',
    old: 'const isLate = event.nowMs >= purchase.expiresAtMs',
    new: 'const isLate = event.nowMs < 0',
    tests: ['lib/reader/client/paywall-flow.test.ts'],
  },
  {
    name: 'other-price-paid',
    why: 'another price than the one shown is asked about first',
    file: 'lib/reader/client/paywall-flow.ts',
    old: `    purchase.priceSats === shownSats
`,
    new: `    purchase.priceSats >= 0 || purchase.priceSats === shownSats
`,
    tests: ['lib/reader/client/paywall-flow.test.ts'],
  },
  {
    name: 'answer-out-of-turn',
    why: 'an answer that nobody waits for changes nothing',
    file: 'lib/reader/client/paywall-flow.ts',
    old: "return state.view === 'making' ? issue(state, event) : stay(state)",
    new: 'return issue(state, event)',
    tests: ['lib/reader/client/paywall-flow.test.ts'],
  },
  {
    name: 'settled-of-strangers',
    why: 'somebody else’s challenge opens nothing',
    file: 'lib/reader/client/paywall-flow.ts',
    old: 'find((candidate) => candidate.challenge === event.challenge)',
    new: "find((candidate) => candidate.challenge !== '')",
    tests: ['lib/reader/client/paywall-flow.test.ts'],
  },
  {
    name: 'claimed-twice',
    why: 'an article that opens is not claimed again',
    file: 'lib/reader/client/paywall-flow.ts',
    old: " || state.view === 'open' || state.view === 'opening') return stay(state)",
    new: ') return stay(state)',
    tests: ['lib/reader/client/paywall-flow.test.ts'],
  },
  {
    name: 'canceled-of-others',
    why: 'only the canceled invoice is given up',
    file: 'lib/reader/client/paywall-flow.ts',
    old: 'if (state.purchase.challenge !== challenge) return { ...state, older }',
    new: "if (state.purchase.challenge === '') return { ...state, older }",
    tests: ['lib/reader/client/paywall-flow.test.ts'],
  },
  {
    name: 'receipt-cut-short',
    why: 'a receipt is whole or none',
    file: 'lib/reader/client/receipt-file.ts',
    old: '{80,}',
    new: '{8,}',
    tests: ['lib/reader/client/receipt-file.test.ts'],
  },
  {
    name: 'secret-after-asking',
    why: 'a lost answer keeps the claim secret',
    file: 'lib/reader/client/article.ts',
    old: `  if (!held) keepClaim({ article: ref, secret, macaroon: null, purchase: null })
`,
    new: '',
    tests: ['tests/e2e/reader-secrets.test.ts'],
  },
  {
    name: 'receipt-in-history',
    why: 'a receipt link leaves the address bar and history',
    file: 'lib/reader/client/restore.ts',
    old: `  history.replaceState(null, '', location.pathname)
`,
    new: '',
    tests: ['tests/e2e/reader-secrets.test.ts'],
  },
  {
    name: 'receipt-pushed',
    why: 'a receipt link is replaced in history, not covered',
    file: 'lib/reader/client/restore.ts',
    old: 'history.replaceState(null',
    new: 'history.pushState(null',
    tests: ['tests/e2e/reader-secrets.test.ts'],
  },
  {
    name: 'lost-row-loses-the-claim',
    why: 'a claim is kept while a restored database does not know its invoice',
    file: 'lib/reader/client/article.ts',
    old: "state === 'unknown' && purchase.expiresAtMs + LOST_ROW_MS < Date.now()",
    new: "state === 'unknown'",
    tests: ['tests/e2e/reader.test.ts'],
  },
]
