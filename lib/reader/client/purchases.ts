/** Your purchases: lists what this browser keeps, hands it out as text or file, and forgets it when told to. */
import { formatCount } from '#lib/reader/format.ts'
import { fillSlots } from './checkout-view.ts'
import { type Claim, changeKeepsakes, onKeepsakesChange, type Receipt, readKeepsakes } from './keepsakes.ts'
import { receiptText } from './receipt-file.ts'

export function startPurchasesPage(): void {
  show()
  onKeepsakesChange(show)
  document.getElementById('forget-all')?.addEventListener('click', () => askToForget(readKeepsakes().receipts))
}

function show(): void {
  const { receipts, claims } = readKeepsakes()
  const waiting = claims.filter((claim) => claim.purchase !== null)
  const list = document.getElementById('purchases')
  const kept = new Set(receipts.map(({ article }) => article.slug))
  for (const row of list?.querySelectorAll<HTMLElement>(':scope > *') ?? []) {
    if (row.dataset.slug === undefined || kept.has(row.dataset.slug)) row.remove()
  }
  const rows = [...receipts.map(drawReceipt), ...waiting.map(drawClaim)].filter((row) => row !== null)
  list?.prepend(...rows)
  setHidden('nothing-held', (list?.childElementCount ?? 0) > 0)
  setHidden('forget-all', receipts.length + claims.length === 0)
  const spent = receipts.reduce((sum, { priceSats }) => sum + (priceSats ?? 0), 0)
  const line = document.getElementById('spent')
  if (line) line.textContent = spent > 0 ? ` Spent here: ${formatCount(spent)} sats.` : ''
}

function drawReceipt(receipt: Receipt): Element | null {
  const row = copyTemplate('paid-row')
  if (!row) return null
  const { article, priceSats, keptAtMs, credential } = receipt
  fillSlots(row, 'title', article.title)
  const day = formatDay(keptAtMs)
  fillSlots(row, 'line', priceSats === null ? `Restored on ${day}` : `Paid ${formatCount(priceSats)} sats on ${day}`)
  row.querySelector('[data-act="read"]')?.setAttribute('href', `/${article.slug}`)
  onPress(row, 'download', () => download([receipt]))
  onPress(row, 'copy', async () => {
    const isCopied = await navigator.clipboard.writeText(credential).then(
      () => true,
      () => false,
    )
    fillSlots(row, 'copied', isCopied ? 'Copied' : 'Save it as a file instead')
    say(isCopied ? 'Receipt copied.' : 'The receipt could not be copied.')
  })
  onPress(row, 'forget', () => askToForget([receipt]))
  return row
}

function drawClaim({ article, purchase }: Claim): Element | null {
  const row = copyTemplate('waiting-row')
  if (!row || !purchase) return null
  const isOver = purchase.expiresAtMs <= Date.now()
  fillSlots(row, 'title', article.title)
  fillSlots(row, 'amount', formatCount(purchase.priceSats))
  fillSlots(row, 'state', isOver ? 'Ran out' : 'Waiting')
  const time = new Date(purchase.askedAtMs).toTimeString().slice(0, 5)
  fillSlots(row, 'line', `Asked on ${formatDay(purchase.askedAtMs)} at ${time}, not paid yet`)
  row.querySelector('.ticket')?.setAttribute('data-tone', isOver ? 'grey' : 'amber')
  row.querySelector('[data-act="continue"]')?.setAttribute('href', `/${article.slug}#unlock`)
  return row
}

/** Asks first, with the receipt at hand; nothing is forgotten by closing the question. */
function askToForget(receipts: readonly Receipt[]): void {
  const dialog = document.querySelector<HTMLDialogElement>('#forget')
  if (!dialog) return
  const [only] = receipts
  fillSlots(dialog, 'what', receipts.length === 1 && only ? only.article.title : 'everything bought in this browser')
  const controller = new AbortController()
  const press = (act: string, run: () => void) =>
    dialog.querySelector(`[data-act="${act}"]`)?.addEventListener('click', run, { signal: controller.signal })
  press('save', () => download(receipts))
  press('keep', () => dialog.close())
  press('forget', () => {
    forget(receipts)
    dialog.close()
  })
  dialog.addEventListener('close', () => controller.abort(), { once: true })
  dialog.showModal()
}

function forget(receipts: readonly Receipt[]): void {
  const gone = new Set(receipts.map(({ credential }) => credential))
  const isAll = readKeepsakes().receipts.every(({ credential }) => gone.has(credential))
  changeKeepsakes((kept) => ({
    receipts: kept.receipts.filter(({ credential }) => !gone.has(credential)),
    claims: isAll && receipts.length !== 1 ? [] : kept.claims,
  }))
  show()
  say('Forgotten.')
}

function download(receipts: readonly Receipt[]): void {
  const url = URL.createObjectURL(new Blob([receiptText(receipts)], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = receipts.length === 1 ? `${receipts[0]?.article.slug ?? 'article'}.receipt.txt` : 'receipts.txt'
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}

function copyTemplate(id: string): HTMLElement | null {
  const template = document.getElementById(id)
  if (!(template instanceof HTMLTemplateElement)) return null
  const row = template.content.firstElementChild?.cloneNode(true)
  if (!(row instanceof HTMLElement)) return null
  return row
}

function onPress(row: Element, act: string, run: () => unknown): void {
  row.querySelector(`[data-act="${act}"]`)?.addEventListener('click', () => void run())
}

function setHidden(id: string, isHidden: boolean): void {
  const element = document.getElementById(id)
  if (element) element.hidden = isHidden
}

function say(text: string): void {
  const region = document.getElementById('say')
  if (region) region.textContent = text
}

function formatDay(atMs: number): string {
  return new Date(atMs).toLocaleDateString('en-GB', { day: 'numeric', month: 'long' })
}
