/** The only script of the reader pages: it starts what the page in front of it needs. */
import type { PageConfig } from '#lib/reader/document.tsx'
import { startArticlePage } from './article.ts'
import { startPurchasesPage } from './purchases.ts'
import { startRestorePage } from './restore.ts'
import { markBought } from './yours.ts'

const config = readConfig()
if (config?.page === 'article') startArticlePage(config)
if (config?.page === 'creator') markBought()
if (config?.page === 'purchases') startPurchasesPage()
if (config?.page === 'restore') startRestorePage()

/** Our own server wrote it into this very page. */
function readConfig(): PageConfig | null {
  const json = document.getElementById('satstile')?.textContent
  return json ? (JSON.parse(json) as PageConfig) : null
}
