/** Every reader page and state, in a real browser: accessible, within its budgets, whole at every width. SCREENSHOTS names a folder for pictures. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openReaderAssets, type ReaderAssets } from '#lib/reader/assets.ts'
import { buildReader } from '#scripts/build-reader.ts'
import { runAxe } from '#tests/support/axe.ts'
import { openBrowser } from '#tests/support/browser.ts'
import { DIALOG_VIEWS, type Gallery, openGallery, showDialog } from '#tests/support/reader-gallery.ts'

const SCREENSHOTS = process.env.SCREENSHOTS

let folder: string
let assets: ReaderAssets
let gallery: Gallery
let browser: Browser

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'satstile-reader-'))
  await buildReader({ outDir: folder })
  assets = openReaderAssets(folder)
  ;[gallery, browser] = await Promise.all([openGallery(assets), openBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await gallery?.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Look {
  readonly width: number
  readonly theme: 'light' | 'dark'
}

/** Goes through every page and every state of the dialog, and answers what `examine` had to say about each. */
async function tour(look: Look, examine: (page: Page, name: string) => Promise<string[]>): Promise<string[]> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: 900 },
    colorScheme: look.theme,
    reducedMotion: 'reduce',
    // axe is put into the page by the test; the page's own policy would keep it out.
    bypassCSP: true,
  })
  const page = await context.newPage()
  const found: string[] = []
  page.on('pageerror', (fault) => found.push(String(fault)))
  const note = async (name: string) => {
    found.push(...(await examine(page, name)).map((text) => `${name} at ${look.width} ${look.theme}: ${text}`))
    if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}-${look.width}-${look.theme}.png`) })
  }
  for (const name of gallery.names) {
    await page.goto(`${gallery.origin}/${name}`)
    await note(name)
  }
  await page.goto(`${gallery.origin}/article`)
  for (const view of DIALOG_VIEWS) {
    await showDialog(page, view)
    await note(`dialog-${view}`)
  }
  await context.close()
  return found
}

/** What sticks out at the right, and what is too small for a finger. */
async function measure(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = []
    const root = document.querySelector('dialog[open]') ?? document.documentElement
    if (root.scrollWidth > root.clientWidth + 1) faults.push(`is ${root.scrollWidth} wide`)
    for (const target of document.querySelectorAll<HTMLElement>(
      'button, summary, .button, .bar a, input:not([type=hidden])',
    )) {
      const box = target.getBoundingClientRect()
      const isSmall = box.height > 1 && box.height < 44 && !target.closest('.reference, .skip-link')
      if (isSmall && target.checkVisibility()) faults.push(`${target.outerHTML.slice(0, 80)} is ${box.height} high`)
    }
    return faults
  })
}

describe('every reader page and state', () => {
  for (const look of [
    { width: 1440, theme: 'light' },
    { width: 390, theme: 'light' },
    { width: 1440, theme: 'dark' },
    { width: 390, theme: 'dark' },
  ] as const) {
    test(`has nothing for axe to complain about at ${look.width} px, ${look.theme}`, async () => {
      expect(await tour(look, runAxe)).toEqual([])
    })
  }

  test('fits its window from 320 px on, with targets of 44 px', async () => {
    const widths = [320, 767, 768, 1440]
    const found = []
    for (const width of widths) found.push(...(await tour({ width, theme: 'light' }, measure)))
    expect(found).toEqual([])
  })

  test('shows amber once at most', async () => {
    const countAmber = (page: Page) =>
      page.evaluate(() => {
        const stubs = [...document.querySelectorAll('.ticket[data-tone="amber"] .ticket-stub')]
        const seen = stubs.filter((stub) => stub.checkVisibility({ visibilityProperty: true }))
        return seen.length > 1 ? [`${seen.length} amber stubs`] : []
      })
    expect(await tour({ width: 1440, theme: 'light' }, countAmber)).toEqual([])
  })

  test('has no inline style, script or handler, so the policy refuses nothing', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('request', (request) => {
      if (!request.url().startsWith(gallery.origin)) complaints.push(request.url())
    })
    for (const name of gallery.names) await page.goto(`${gallery.origin}/${name}`)
    await context.close()
    expect(complaints).toEqual([])
  })
})

describe('the budgets', () => {
  const sizeOf = (name: string) => {
    const fileName = assets.href(name).replace('/_l402/assets/', '')
    return readFileSync(join(folder, fileName))
  }

  test('HTML and style sheet are 30 KB at most, the script 15 KB, the fonts of a page 81 KB', async () => {
    const html = await (await fetch(`${gallery.origin}/article`)).text()
    expect(gzipSync(html).length + gzipSync(sizeOf('reader.css')).length).toBeLessThanOrEqual(30_000)
    expect(gzipSync(sizeOf('checkout.js')).length).toBeLessThanOrEqual(15_000)
    const fonts = ['instrument-sans.woff2', 'source-serif-4.woff2', 'source-serif-4-title.woff2']
    expect(fonts.reduce((sum, name) => sum + sizeOf(name).length, 0)).toBeLessThanOrEqual(81_000)
  })

  test('nothing moves when the page settles', async () => {
    const page = await browser.newPage()
    await page.addInitScript(() => {
      const record = { shift: 0 }
      Object.assign(window, { record })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) record.shift += (entry as unknown as { value: number }).value
      }).observe({ type: 'layout-shift', buffered: true })
    })
    await page.goto(`${gallery.origin}/article`)
    await page.evaluate(() => document.fonts.ready)
    const { shift } = await page.evaluate(() => (window as unknown as { record: { shift: number } }).record)
    await page.close()
    expect(shift).toBeLessThanOrEqual(0.02)
  })
})
