/** The restore page: takes a receipt from the field, a file or the link's fragment, and opens what it opens. */
import { type RestoreAnswer, type RestoredArticle, restore } from './host.ts'
import { findReceipt, keepReceipt } from './keepsakes.ts'
import { findReceipts } from './receipt-file.ts'
import { readProof } from './secrets.ts'

export function startRestorePage(): void {
  const form = document.querySelector<HTMLFormElement>('[data-form="receipt"]')
  const field = form?.elements.namedItem('credential')
  if (!form || !(field instanceof HTMLTextAreaElement)) return
  takeFragment(field)
  takeFiles(form, field)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void restoreReceipts(field)
  })
  document.querySelector('[data-form="proof"]')?.addEventListener('submit', (event) => {
    event.preventDefault()
    if (event.target instanceof HTMLFormElement) void restoreByProof(event.target)
  })
}

/** A receipt link: the receipt is taken out of the address at once, so that it stays in no history. */
function takeFragment(field: HTMLTextAreaElement): void {
  const [credential] = findReceipts(decodeURIComponent(location.hash.slice(1)))
  if (!credential) return
  history.replaceState(null, '', location.pathname)
  field.value = credential
  void restoreReceipts(field)
}

function takeFiles(form: HTMLFormElement, field: HTMLTextAreaElement): void {
  const take = async (file: File | undefined) => {
    if (!file) return
    field.value = findReceipts(await file.text()).join('\n')
    if (field.value === '') tell('That file holds no receipt. Nothing was charged.', field)
    else await restoreReceipts(field)
  }
  const row = document.getElementById('receipt-file-row')
  if (row) row.hidden = false
  const input = document.getElementById('receipt-file')
  if (input instanceof HTMLInputElement) input.addEventListener('change', () => void take(input.files?.[0]))
  form.addEventListener('dragover', (event) => event.preventDefault())
  form.addEventListener('drop', (event) => {
    event.preventDefault()
    void take(event.dataTransfer?.files[0])
  })
}

async function restoreReceipts(field: HTMLTextAreaElement): Promise<void> {
  const credentials = findReceipts(field.value)
  if (credentials.length === 0 && HOLDS_INVOICE.test(field.value) && HOLDS_PROOF.test(field.value)) {
    return finish([await restore({ invoice: field.value, preimage: '' })], field)
  }
  if (credentials.length === 0) return tell('This is not a whole receipt. Nothing was charged.', field)
  const answers: RestoreAnswer[] = []
  for (const credential of credentials) answers.push(await restore({ credential }))
  finish(answers, field)
}

const HOLDS_INVOICE = /ln(?:bc|tb|sb)/i
const HOLDS_PROOF = /[0-9a-f]{64}/i

async function restoreByProof(form: HTMLFormElement): Promise<void> {
  const invoice = form.elements.namedItem('invoice')
  const field = form.elements.namedItem('preimage')
  if (!(invoice instanceof HTMLTextAreaElement) || !(field instanceof HTMLInputElement)) return
  // The host finds both in whatever a wallet shares, in either field.
  const holdsProof = [field.value, invoice.value].some((text) => readProof(text) || HOLDS_PROOF.test(text))
  if (!holdsProof) return tell('A payment proof has 64 characters, 0 to 9 and a to f. Nothing was charged.', field)
  finish([await restore({ invoice: invoice.value, preimage: field.value })], field)
}

/** Keeps what opened and goes there; several articles lead to the list. */
function finish(answers: readonly RestoreAnswer[], field: HTMLElement): void {
  const restored = answers.flatMap((answer) => (answer.kind === 'restored' ? [answer] : []))
  if (restored.length === 0) {
    tell(sentenceOf(answers[0]), field)
    return
  }
  const opened = restored.flatMap(({ credential, articles }) => articles.map((article) => ({ credential, article })))
  for (const { credential, article } of opened) keepRestored(credential, article)
  const [only] = opened
  location.assign(only && opened.length === 1 ? `/${only.article.slug}` : '/_l402/purchases')
}

/** What was paid, and when, is known only where it was bought. */
function keepRestored(credential: string, article: RestoredArticle): void {
  const known = findReceipt(article.id)
  const creator = document.querySelector('.bar-home')?.textContent ?? ''
  const { priceSats = null, keptAtMs = Date.now() } = known ?? {}
  keepReceipt({ article: { ...article, creator }, credential, priceSats, keptAtMs }, null)
}

function sentenceOf(answer: RestoreAnswer | undefined): string {
  switch (answer?.kind) {
    case 'unsettled':
      return 'This payment cannot be confirmed yet. Wait a moment and try again; do not pay again.'
    case 'refused':
      return `Nothing was charged. ${answer.message}`
    default:
      return 'Your money is safe. The site does not answer; try again in a moment.'
  }
}

function tell(sentence: string, field: HTMLElement): void {
  const box = document.getElementById('fault')
  if (box) box.textContent = sentence
  field.setAttribute('aria-invalid', 'true')
  field.focus()
}
