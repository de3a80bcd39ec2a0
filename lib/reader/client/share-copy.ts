/** Share a lesser copy: made in this browser by narrowing the receipt, sent nowhere; loaded when somebody asks for it. */
import { sha256 } from '@noble/hashes/sha2.js'
import { createHmac } from '#lib/l402/bytes.ts'
import { formatCookieValue, readBareCredential } from '#lib/l402/credential-text.ts'
import { narrowToken } from '#lib/l402/narrow.ts'
import { drawQr } from '#lib/reader/qr.ts'
import type { Receipt } from './keepsakes.ts'

interface LesserCopy {
  /** A receipt link: what opens stands behind its `#`, which no server sees. */
  readonly link: string
  /** What the copy opens beside the article, when its own part of the receipt cannot be told from the rest. */
  readonly others: number
}

/** `untilMs`: when the copy ends. `null`: this receipt cannot be narrowed, or ends before. */
function makeCopy({ article, credential }: Receipt, untilMs: number): LesserCopy | null {
  const read = readBareCredential('authorization', credential)
  const [macaroon] = read?.kind === 'candidate' ? read.macaroons : []
  if (read?.kind !== 'candidate' || macaroon === undefined || read.preimage === null) return null
  const ctx = { sha256, hmac: createHmac(sha256) }
  const whole = narrowToken(ctx, macaroon, {})
  if (whole.kind === 'refused') return null
  // A service keeps the address that its resource had first, behind the creator's own name.
  const own = whole.terms.services.filter(({ name }) => name.slice(name.indexOf('-') + 1) === article.slug)
  const services = own.length === 1 ? own.map(({ name }) => name) : undefined
  const conditions = { valid_until: String(Math.floor(untilMs / 1000)) }
  const made = narrowToken(ctx, macaroon, services === undefined ? { conditions } : { services, conditions })
  if (made.kind === 'refused') return null
  const link = `${location.origin}/_l402/receipt#${formatCookieValue(made.macaroon, read.preimage)}`
  return { link, others: made.terms.services.length - 1 }
}

const DAY_MS = 86_400_000

/** Opens the dialog for this receipt; everything in it follows the choice of how long. */
export function shareCopy(dialog: HTMLDialogElement, receipt: Receipt): void {
  const part = <T extends Element>(name: string) => dialog.querySelector<T>(`[data-part="${name}"]`)
  const days = part<HTMLSelectElement>('days')
  const field = part<HTMLInputElement>('link')
  const said = part('said')
  if (days === null || field === null) return
  const tell = (text: string) => {
    if (said !== null) said.textContent = text
  }
  const show = () => {
    const copy = makeCopy(receipt, Date.now() + Number(days.value) * DAY_MS)
    field.value = copy?.link ?? ''
    dialog.toggleAttribute('data-refused', copy === null)
    drawCode(part('code'), copy?.link ?? null)
    tell(sentenceOf(copy))
  }
  const controller = new AbortController()
  const on = (element: Element | null, event: string, run: () => unknown) =>
    element?.addEventListener(event, () => void run(), { signal: controller.signal })
  on(days, 'change', show)
  on(part('copy'), 'click', async () => tell(await copyText(field)))
  on(part('close'), 'click', () => dialog.close())
  dialog.addEventListener(
    'close',
    () => {
      controller.abort()
      field.value = ''
    },
    { once: true },
  )
  const title = part('title')
  if (title !== null) title.textContent = receipt.article.title
  show()
  dialog.showModal()
}

function sentenceOf(copy: LesserCopy | null): string {
  if (copy === null) return 'This receipt ends sooner than that. Choose a shorter time.'
  if (copy.others === 0) return ''
  return `The same receipt opens ${copy.others === 1 ? 'one other article' : `${copy.others} other articles`}, and so does the copy.`
}

async function copyText(field: HTMLInputElement): Promise<string> {
  const isCopied = await navigator.clipboard.writeText(field.value).then(
    () => true,
    () => false,
  )
  if (isCopied) return 'Link copied.'
  field.select()
  return 'It could not be copied by itself; it is marked, copy it by hand.'
}

function drawCode(symbol: Element | null, link: string | null): void {
  if (symbol === null) return
  symbol.toggleAttribute('hidden', link === null)
  if (link === null) return
  const { size, path } = drawQr(link)
  symbol.setAttribute('viewBox', `0 0 ${size} ${size}`)
  symbol.firstElementChild?.setAttribute('d', path)
}
