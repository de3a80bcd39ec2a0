/** A page of the dashboard is only used when its scripts have taken it over: before that a press is lost, and what was typed too. */
import type { BrowserContext, Page } from 'playwright-core'

/** From now on `goto` and `reload` of every page wait for that; pages without such scripts are as they are. */
export function awaitScripts(context: BrowserContext): void {
  context.on('page', (page) => {
    const [goTo, reload] = [page.goto.bind(page), page.reload.bind(page)]
    page.goto = (...input) => goTo(...input).then((answer) => takenOver(page).then(() => answer))
    page.reload = (...input) => reload(...input).then((answer) => takenOver(page).then(() => answer))
  })
}

/** React notes on the document that nothing of it is only the server's any more, and on every element what it does. */
async function takenOver(page: Page): Promise<void> {
  const isTakenOver = () => {
    if (document.querySelector('script[src^="/_next/"]') === null) return true
    const noteOf = (node: Node, name: string) =>
      (Object.entries(node).find(([key]) => key.startsWith(`__react${name}$`)) ?? [])[1]
    const root = noteOf(document, 'Container') as {
      stateNode: { current: { memoizedState: { isDehydrated: boolean } } }
    }
    if (root?.stateNode.current.memoizedState.isDehydrated !== false) return false
    const elements = document.querySelectorAll('button, input:not([type=hidden]), textarea, select')
    return [...elements].every((element) => noteOf(element, 'Props') !== undefined)
  }
  await page.waitForFunction(isTakenOver, undefined, { polling: 50 })
}
