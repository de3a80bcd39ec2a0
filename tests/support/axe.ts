/** axe-core in a page: every rule of WCAG 2.2 A and AA, and what it calls good practice. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { CDPSession, Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

interface Axe {
  run(root: Document, options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>
}

/** One line for each rule that the page breaks. */
export async function runAxe(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await putIn(page)
  return page.evaluate(async (tags) => {
    const { axe } = window as unknown as { axe: Axe }
    // What is still coming in is judged as it will stand: half of its opacity is half of its contrast.
    // What a closed menu hides stands still for ever, so nobody waits longer than the longest movement.
    const moving = document
      .getAnimations()
      .filter(
        ({ playState, effect }) => playState === 'running' && Number.isFinite(effect?.getComputedTiming().endTime),
      )
    const still = Promise.allSettled(moving.map(({ finished }) => finished))
    await Promise.race([still, new Promise((resolve) => setTimeout(resolve, 1_000))])
    const { violations } = await axe.run(document, { runOnly: tags })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
  }, TAGS)
}

const debuggers = new WeakMap<Page, Promise<CDPSession>>()

/** By the debugger and not as a script element, which takes three times as long and would itself be judged. */
async function putIn(page: Page): Promise<void> {
  const opened = debuggers.get(page) ?? page.context().newCDPSession(page)
  debuggers.set(page, opened)
  const { exceptionDetails } = await (await opened).send('Runtime.evaluate', { expression: AXE, silent: true })
  if (exceptionDetails !== undefined) throw new TypeError(`axe does not load: ${exceptionDetails.text}`)
}
