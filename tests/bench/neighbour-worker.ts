/**
 * What other creators of a gateway do, in a process of its own: what it takes must not be counted as a reader's wait.
 * Arguments: the database as the dashboard opens it, and the gateway's port. It does each `Deed` of its parent, and says so.
 */
import { Agent, request } from 'node:http'
import { openDatabase } from '#lib/db.ts'
import { setPrice } from '#lib/paywall/offers/set-price.ts'
import { silentLog } from '#tests/support/log.ts'

export interface Deed {
  /** A resource whose price is changed first. */
  readonly priced?: { readonly creatorId: string; readonly resourceId: string }
  /** The creator whose lists are then asked for. */
  readonly handle: string
}

/** Not the feed: it tells the beginnings of articles, and rows that SQL filled in have none. */
const LISTS = ['/', '/llms.txt', '/.well-known/l402.json', '/sitemap.xml?part=1']

const [url = '', port = ''] = process.argv.slice(2)
const db = openDatabase({ url, log: silentLog })
const agent = new Agent({ keepAlive: true })

function ask(handle: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { Host: `${handle}.localhost:${port}`, Accept: 'text/html' }
    const req = request({ host: '127.0.0.1', port, path, agent, headers }, (res) => {
      if (res.statusCode !== 200) reject(new TypeError(`${path} of ${handle} answered ${res.statusCode}`))
      res.resume().once('end', resolve)
    })
    req.once('error', reject)
    req.end()
  })
}

process.on('message', async ({ priced, handle }: Deed) => {
  if (priced !== undefined) await setPrice({ db }, { ...priced, price: String(100 + (Date.now() % 1_000_000)) })
  for (const path of LISTS) await ask(handle, path)
  process.send?.('done')
})
