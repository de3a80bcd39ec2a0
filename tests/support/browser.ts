/** A real browser for tests: the Chromium that npm carries, or the one that `CHROMIUM_PATH` names. */
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'

/** Flags of a container without GPU and without user namespaces; nothing that weakens what a page may do. */
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none']

export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? (await chromium.executablePath())
  return playwright.launch({ executablePath, args: FLAGS, headless: true })
}
