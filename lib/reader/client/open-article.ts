/** Opens a paid article where the reader is: fetches the same page, now admitted, and swaps in what lies behind the cut. */

export interface Opening {
  /** `M:P`, for a browser that keeps no cookies; null: the cookie alone. */
  readonly credential: string | null
  readonly priceSats: number | null
  /** The reader pressed something here, so the eye and the focus follow; false: leave both where they are. */
  readonly takesFocus: boolean
}

/** How it was opened; `gone`: its creator deleted it; null when the host does not give the text (yet): the page is then as it was. */
export async function openArticle(opening: Opening): Promise<'cookie' | 'receipt' | 'gone' | null> {
  const cut = document.getElementById('cut')
  const byCookie = await fetchCut(null)
  const opened = byCookie ?? (opening.credential ? await fetchCut(opening.credential) : null)
  if (byCookie === 'gone' || opened === 'gone') return 'gone'
  if (!cut || !opened) return null
  await tear(cut)
  const arrived = document.importNode(opened, true)
  cut.replaceWith(arrived)
  arrived.setAttribute('data-opened', '')
  tellPrice(opening.priceSats)
  if (opening.takesFocus) focusFirst(arrived)
  return byCookie ? 'cookie' : 'receipt'
}

/** In place of "Kept in Your purchases", where nothing is kept: the receipt, at once. */
export function offerReceipt(save: () => void): void {
  for (const part of document.querySelectorAll<HTMLElement>('[data-kept]')) part.hidden = part.dataset.kept !== 'no'
  document.getElementById('save-receipt')?.addEventListener('click', save)
}

/** `Paid 210 sats` instead of `Paid`: only this browser knows what it paid. */
export function tellPrice(priceSats: number | null): void {
  const title = document.getElementById('paid-title')
  if (title && priceSats !== null) title.textContent = `Paid ${priceSats.toLocaleString('en-US')} sats`
}

async function fetchCut(credential: string | null): Promise<Element | 'gone' | null> {
  try {
    const response = await fetch(location.pathname, {
      cache: 'no-store',
      credentials: 'same-origin',
      headers: { Accept: 'text/html', ...(credential ? { Authorization: `L402 ${credential}` } : {}) },
    })
    if (response.status === 410) return 'gone'
    if (!response.ok) return null
    const page = new DOMParser().parseFromString(await response.text(), 'text/html')
    return page.getElementById('rest') ? page.getElementById('cut') : null
  } catch {
    return null
  }
}

/** The stub leaves, then the text goes on; a page in the background has nobody to show it to. */
async function tear(cut: Element): Promise<void> {
  const ticket = cut.querySelector<HTMLElement>('.ticket')
  if (!ticket || document.hidden) return
  ticket.setAttribute('data-tearing', '')
  const parts = ticket.getAnimations({ subtree: true }).map((animation) => animation.finished)
  await Promise.race([Promise.allSettled(parts), new Promise((resolve) => setTimeout(resolve, 400))])
}

function focusFirst(arrived: Element): void {
  const target =
    arrived.querySelector<HTMLElement>('#rest :is(h2, h3, h4)') ?? arrived.querySelector<HTMLElement>('#paid-title')
  target?.setAttribute('tabindex', '-1')
  target?.focus({ preventScroll: true })
}
