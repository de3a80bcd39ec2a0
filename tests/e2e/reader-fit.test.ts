/** Reader pages on small, low and zoomed screens, with the longest words and prices: everything can be reached, nothing sticks out. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openReaderAssets } from '#lib/reader/assets.ts'
import { buildReader } from '#scripts/build-reader.ts'
import { openBrowser } from '#tests/support/browser.ts'
import { DIALOG_VIEWS, type Gallery, openGallery, showDialog } from '#tests/support/reader-gallery.ts'

const SCREENSHOTS = process.env.SCREENSHOTS

let folder: string
let gallery: Gallery
let browser: Browser
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'satstile-fit-'))
  await buildReader({ outDir: folder })
  ;[gallery, browser] = await Promise.all([openGallery(openReaderAssets(folder)), openBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await gallery?.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Screen {
  readonly width: number
  readonly height: number
  /** The size of text that the reader has set in the browser. */
  readonly text: '100%' | '200%'
}

async function openScreen({ width, height, text }: Screen, options: object = {}): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height },
    reducedMotion: 'reduce',
    bypassCSP: true,
    ...options,
  })
  const page = await context.newPage()
  page.on('load', () => void page.addStyleTag({ content: `html { font-size: ${text} !important }` }).catch(() => null))
  return page
}

async function visit(page: Page, name: string, text: string): Promise<void> {
  await page.goto(`${gallery.origin}/${name}`)
  await page.addStyleTag({ content: `html { font-size: ${text} !important }` })
}

const picture = (page: Page, name: string) =>
  SCREENSHOTS ? page.screenshot({ path: join(SCREENSHOTS, `fit-${name}.png`) }) : null

/** Edges of the dialog, and of the first and the last thing in it when it is scrolled there; in pixels of the window. */
function measureDialog(page: Page) {
  return page.evaluate(() => {
    const dialog = document.querySelector('dialog[open]') as HTMLDialogElement
    for (const fold of dialog.querySelectorAll('details')) fold.open = true
    // A heading for listeners alone is a dot on the screen.
    const shown = [...dialog.querySelectorAll<HTMLElement>('.ticket *, .checkout-note')].filter(
      (part) => part.checkVisibility() && part.closest('.checkout-head')?.clientHeight !== 1,
    )
    const { top, bottom } = dialog.getBoundingClientRect()
    dialog.scrollTop = dialog.scrollHeight
    const last = Math.max(...shown.map((part) => part.getBoundingClientRect().bottom))
    dialog.scrollTop = 0
    const first = Math.min(...shown.map((part) => part.getBoundingClientRect().top))
    return { box: { top, bottom }, sideways: dialog.scrollWidth - dialog.clientWidth, first, last }
  })
}

describe('the checkout dialog', () => {
  test.each<[string, Screen]>([
    ['a phone on its side', { width: 844, height: 390, text: '100%' }],
    ['a low laptop', { width: 1366, height: 640, text: '100%' }],
    ['a low laptop with text at 200 %', { width: 1366, height: 640, text: '200%' }],
    ['a phone with text at 200 %', { width: 390, height: 844, text: '200%' }],
  ])('on %s scrolls to its last word in every state, with all rows unfolded', async (where, screen) => {
    const page = await openScreen(screen)
    await visit(page, 'article', screen.text)
    const found: string[] = []
    for (const view of DIALOG_VIEWS) {
      await showDialog(page, view)
      const { box, sideways, first, last } = await measureDialog(page)
      const faults = [
        ...(box.top < 0 || box.bottom > screen.height + 1 ? [`reaches from ${box.top} to ${box.bottom}`] : []),
        ...(sideways > 1 ? [`is ${sideways} too wide`] : []),
        ...(last > box.bottom + 1 ? [`ends ${last - box.bottom} below its edge`] : []),
        ...(first < box.top - 2 ? [`begins ${box.top - first} above its edge`] : []),
      ]
      found.push(...faults.map((fault) => `${view} on ${where}: ${fault}`))
      await picture(page, `${view}-${screen.width}-${screen.text.replace('%', '')}`)
    }
    await page.context().close()
    expect(found).toEqual([])
  })
})

/** What sticks out of the page at the right, and which part of it does. */
function measure(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.documentElement
    if (root.scrollWidth <= root.clientWidth + 1) return []
    const out = [...document.querySelectorAll<HTMLElement>('body *')].filter(
      (part) => part.checkVisibility() && part.getBoundingClientRect().right > root.clientWidth + 1,
    )
    return [`is ${root.scrollWidth} wide: ${out.at(-1)?.outerHTML.slice(0, 100)}`]
  })
}

test('with text at 200 % no page scrolls sideways at 390 px', async () => {
  const page = await openScreen({ width: 390, height: 844, text: '200%' })
  const found: string[] = []
  for (const name of gallery.names) {
    await visit(page, name, '200%')
    found.push(...(await measure(page)).map((fault) => `${name}: ${fault}`))
    await picture(page, `${name}-390-200`)
  }
  await page.context().close()
  expect(found).toEqual([])
})

describe('the longest title, a word without a break and a price of seven digits', () => {
  test.each([320, 390, 768, 900, 1440])('stay on their ticket at %i px', async (width) => {
    const page = await openScreen({ width, height: 900, text: '100%' })
    const found: string[] = []
    for (const name of gallery.names.filter((candidate) => candidate.startsWith('extreme'))) {
      await visit(page, name, '100%')
      const faults = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('.ticket-stub, .ticket-body')].flatMap((part) => {
          const edge = part.getBoundingClientRect().right - Number.parseFloat(getComputedStyle(part).paddingRight)
          // Icons hang over the edge by design.
          return [...part.querySelectorAll<HTMLElement>(':not(svg, svg *)')]
            .filter((inner) => inner.checkVisibility() && inner.getBoundingClientRect().right > edge + 1)
            .map(
              (inner) => `${inner.className} sticks out by ${Math.round(inner.getBoundingClientRect().right - edge)}`,
            )
        }),
      )
      found.push(...faults.map((fault) => `${name}: ${fault}`), ...(await measure(page)))
      await picture(page, `${name}-${width}`)
    }
    await page.context().close()
    expect(found).toEqual([])
  })
})

test('forced colours keep edges on what can be pressed and show where the focus is', async () => {
  const page = await openScreen({ width: 1440, height: 900, text: '100%' }, { forcedColors: 'active' })
  await visit(page, 'article', '100%')
  await page.keyboard.press('Tab')
  const seen = await page.evaluate(() => {
    const button = document.querySelector('#unlock .button')
    const focused = document.activeElement
    return [button, focused].map((part) => {
      const style = part === null ? null : getComputedStyle(part)
      return [style?.borderTopStyle === 'solid', style?.outlineStyle === 'solid']
    })
  })
  await page.context().close()
  expect(seen[0]?.[0]).toBe(true)
  expect(seen[1]?.[1]).toBe(true)
})
