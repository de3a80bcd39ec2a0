/** Your purchases: lists what this browser keeps, hands it out as text or file, and forgets it when told to. */
import { formatCount } from '#lib/reader/format.ts'
import { sizeOf } from '#lib/reader/price-size.ts'
import { fillSlots } from './checkout-view.ts'
import { forgetHere } from './host.ts'
import { type Claim, changeKeepsakes, onKeepsakesChange, type Receipt, readKeepsakes } from './keepsakes.ts'
import { downloadReceipts, endOf, findReceipts } from './receipt-file.ts'

export function startPurchasesPage(): void {
  // The host knows what was deleted, this browser only what it bought.
  const gone: Gone = new Map(listGone().map((row) => [row.dataset.gone, row.querySelector('.purchase-state')]))
  const show = () => list(gone)
  show()
  onKeepsakesChange(show)
  document.getElementById('forget-all')?.addEventListener('submit', (event) => {
    event.preventDefault()
    askToForget(null, show)
  })
}

/** By the id of what was deleted, how the host says so. */
type Gone = ReadonlyMap<string | undefined, Element | null>

function listGone(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('#purchases > [data-gone]')]
}

function list(gone: Gone): void {
  const show = () => list(gone)
  const { receipts, claims } = readKeepsakes()
  const waiting = claims.filter((claim) => claim.purchase !== null)
  const held = document.getElementById('purchases')
  const kept = new Set(receipts.flatMap(({ article }) => [article.slug, article.id]))
  for (const row of held?.querySelectorAll<HTMLElement>(':scope > *') ?? []) {
    const name = row.dataset.slug ?? row.dataset.gone
    if (name === undefined || kept.has(name)) row.remove()
  }
  const paid = receipts.map((receipt) => drawReceipt(receipt, { gone: gone.get(receipt.article.id) ?? null, show }))
  const rows = [...paid, ...waiting.map(drawClaim)].filter((row) => row !== null)
  held?.prepend(...rows)
  setHidden('nothing-held', (held?.childElementCount ?? 0) > 0)
  setHidden('forget-all', (held?.childElementCount ?? 0) + claims.length === 0)
  const spent = receipts.reduce((sum, { priceSats }) => sum + (priceSats ?? 0), 0)
  const line = document.getElementById('spent')
  if (line) line.textContent = spent > 0 ? ` Spent here: ${formatCount(spent)} sats.` : ''
}

interface Drawn {
  /** What is said in place of that it is open, when its creator deleted it: the receipt is kept, and opens nothing. */
  readonly gone: Element | null
  readonly show: () => void
}

function drawReceipt(receipt: Receipt, { gone, show }: Drawn): Element | null {
  const row = copyTemplate('paid-row')
  if (!row) return null
  const { article, priceSats, keptAtMs, credential } = receipt
  fillSlots(row, 'title', article.title)
  const day = formatDay(keptAtMs)
  fillSlots(row, 'line', priceSats === null ? `Restored on ${day}` : `Paid ${formatCount(priceSats)} sats on ${day}`)
  row.querySelector('[data-act="read"]')?.setAttribute('href', `/${article.slug}`)
  const endsAtMs = endOf(credential)
  if (endsAtMs !== null) fillSlots(row, 'state', tellEnd(endsAtMs))
  if (gone !== null) markGone(row, gone)
  onPress(row, 'download', () => downloadReceipts([receipt]))
  onPress(row, 'copy', async () => {
    const isCopied = await navigator.clipboard.writeText(credential).then(
      () => true,
      () => false,
    )
    fillSlots(row, 'copied', isCopied ? 'Copied' : 'Save it as a file instead')
    say(isCopied ? 'Receipt copied.' : 'The receipt could not be copied.')
  })
  onPress(row, 'share', () => share(receipt))
  onPress(row, 'forget', () => askToForget(receipt, show))
  return row
}

function tellEnd(endsAtMs: number): string {
  return endsAtMs > Date.now() ? `Open until ${formatDay(endsAtMs)}` : `Ended on ${formatDay(endsAtMs)}`
}

/** The script that makes copies is large and rarely wanted, so it comes when it is. */
async function share(receipt: Receipt): Promise<void> {
  const dialog = document.querySelector<HTMLDialogElement>('#share')
  if (!dialog?.dataset.script) return
  const { shareCopy } = (await import(dialog.dataset.script).catch(() => ({}))) as Partial<ShareScript>
  if (shareCopy === undefined) say('The site does not answer. Try again in a moment.')
  else shareCopy(dialog, receipt)
}

type ShareScript = typeof import('./share-copy.ts')

function markGone(row: HTMLElement, state: Element): void {
  row.querySelector('.purchase-state')?.replaceWith(state.cloneNode(true))
  for (const act of ['read', 'share']) row.querySelector(`[data-act="${act}"]`)?.remove()
}

function drawClaim({ article, purchase }: Claim): Element | null {
  const row = copyTemplate('waiting-row')
  if (!row || !purchase) return null
  const isOver = purchase.expiresAtMs <= Date.now()
  fillSlots(row, 'title', article.title)
  const price = formatCount(purchase.priceSats)
  fillSlots(row, 'amount', price)
  row.querySelector('.price')?.setAttribute('data-digits', sizeOf(price))
  fillSlots(row, 'state', isOver ? 'Ran out' : 'Waiting')
  const time = new Date(purchase.askedAtMs).toTimeString().slice(0, 5)
  fillSlots(row, 'line', `Asked on ${formatDay(purchase.askedAtMs)} at ${time}, not paid yet`)
  row.querySelector('.ticket')?.setAttribute('data-tone', isOver ? 'grey' : 'amber')
  row.querySelector('[data-act="continue"]')?.setAttribute('href', `/${article.slug}#unlock`)
  return row
}

/** Asks first, with the receipts at hand; nothing is forgotten by closing the question. `only`: one receipt, else all. */
function askToForget(only: Receipt | null, show: () => void): void {
  const dialog = document.querySelector<HTMLDialogElement>('#forget')
  if (!dialog) return
  fillSlots(dialog, 'what', only ? only.article.title : 'everything bought in this browser')
  fillSlots(dialog, 'save', only ? 'Save the receipt' : 'Save all receipts')
  fillSlots(dialog, 'forget-fault', '')
  const controller = new AbortController()
  const press = (act: string, run: () => void) =>
    dialog.querySelector(`[data-act="${act}"]`)?.addEventListener('click', run, { signal: controller.signal })
  press('save', () => void save(only))
  press('keep', () => dialog.close())
  press('forget', async () => {
    if (await forget(only, show)) dialog.close()
    else
      fillSlots(
        dialog,
        'forget-fault',
        'The site does not answer, so this browser still holds it. Try again in a moment.',
      )
  })
  dialog.addEventListener('close', () => controller.abort(), { once: true })
  dialog.showModal()
}

async function save(only: Receipt | null): Promise<void> {
  if (only) return downloadReceipts([only])
  const { receipts } = readKeepsakes()
  const kept = new Set(receipts.map(({ credential }) => credential))
  const held = await fetch('/_l402/receipts', { cache: 'no-store' }).then(
    (response) => response.text(),
    () => '',
  )
  // What only a cookie holds, as after a purchase without JavaScript.
  const further = findReceipts(held).filter((credential) => !kept.has(credential))
  downloadReceipts(receipts, further.map((credential) => `${credential}\n`).join('\n'))
}

/** The host first: only it can take its cookies back, and as long as one is there the article opens. */
async function forget(only: Receipt | null, show: () => void): Promise<boolean> {
  if (!(await forgetHere(only?.article.id ?? null))) return false
  changeKeepsakes(({ receipts, claims }) =>
    only
      ? {
          receipts: receipts.filter(({ credential }) => credential !== only.credential),
          claims: claims.filter(({ article }) => article.id !== only.article.id),
        }
      : { receipts: [], claims: [] },
  )
  for (const row of document.querySelectorAll<HTMLElement>('#purchases > :is([data-slug], [data-gone])')) {
    if (!only || row.dataset.slug === only.article.slug || row.dataset.gone === only.article.id) row.remove()
  }
  show()
  say('Forgotten.')
  return true
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
