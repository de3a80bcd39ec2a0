/** Every reader page and every state of the checkout on one small server, with the policy that the gate sends. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { msat } from '#lib/money.ts'
import { renderApiPage } from '#lib/reader/api-page.tsx'
import { renderArticlePage } from '#lib/reader/article-page.tsx'
import type { ReaderAssets } from '#lib/reader/assets.ts'
import { renderCheckoutPage } from '#lib/reader/checkout-page.tsx'
import { renderCreatorPage } from '#lib/reader/creator-page.tsx'
import { renderForgetPage } from '#lib/reader/forget-page.tsx'
import { renderMessagePage } from '#lib/reader/message-page.tsx'
import { renderPurchasesPage } from '#lib/reader/purchases-page.tsx'
import { drawInvoiceQr } from '#lib/reader/qr.ts'
import { renderRestorePage } from '#lib/reader/restore-page.tsx'
import * as samples from './reader-samples.ts'

export interface Gallery {
  readonly origin: string
  readonly names: readonly string[]
  close(): Promise<void>
}

/** States of the dialog; each is shown on the page `article`. */
export const DIALOG_VIEWS = [
  'making',
  'waiting',
  'price_changed',
  'unclear',
  'expired',
  'wallet_down',
  'refused',
  'opening',
  'lost',
]

/** 80 characters, one word of them longer than a phone is wide, and a price of seven digits. */
const EXTREME = {
  ...samples.TIDES,
  title: 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft',
  priceMsat: msat(1_234_567_000n),
}

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

export async function openGallery(assets: ReaderAssets): Promise<Gallery> {
  const documents = renderAll(assets)
  const server = createServer((req, res) => {
    const path = new URL(req.url ?? '/', 'http://gallery').pathname
    const asset = assets.find(path.replace('/_l402/assets/', ''))
    const html = documents[path.slice(1)]
    if (asset) res.writeHead(200, { 'Content-Type': asset.contentType }).end(asset.bytes)
    else if (html === undefined) res.writeHead(404).end()
    else res.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': POLICY }).end(html)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    names: Object.keys(documents),
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  }
}

function renderAll(assets: ReaderAssets): Record<string, string> {
  const frame = samples.frame(assets)
  const article = samples.articleProps(assets)
  const empty = { credential: '', invoice: '', preimage: '' }
  const message = { ...frame, message: null, requestId: 'req_01k9', retryPath: '/tides' }
  return {
    article: renderArticlePage({ ...article, demoWallet: 'http://localhost:8404' }),
    paid: renderArticlePage({ ...article, bodyHtml: samples.BODY_HTML }),
    paused: renderArticlePage({ ...article, article: { ...samples.TIDES, paused: true } }),
    dear: renderArticlePage({ ...article, article: { ...samples.TIDES, priceMsat: msat(12_345_000n) } }),
    extreme: renderArticlePage({ ...article, article: EXTREME }),
    'extreme-checkout': renderCheckoutPage({
      ...samples.checkoutProps(assets, 'waiting'),
      item: EXTREME,
      challenge: { ...samples.checkoutProps(assets, 'waiting').challenge, amountMsat: EXTREME.priceMsat },
    }),
    'extreme-list': renderCreatorPage({ ...samples.creatorProps(assets), items: [EXTREME] }),
    'extreme-purchases': renderPurchasesPage({
      ...frame,
      held: [EXTREME],
      asked: [{ ...EXTREME, slug: 'b', challengeId: 'chl_01k9', amountMsat: EXTREME.priceMsat, state: 'open' }],
    }),
    forget: renderForgetPage({ ...frame, receipts: 3 }),
    api: renderApiPage(samples.apiProps(assets)),
    'api-paused': renderApiPage(samples.apiProps(assets, { paused: true })),
    creator: renderCreatorPage(samples.creatorProps(assets)),
    nothing: renderCreatorPage({ ...samples.creatorProps(assets), items: [] }),
    waiting: renderCheckoutPage(samples.checkoutProps(assets, 'waiting')),
    'not-yet': renderCheckoutPage(samples.checkoutProps(assets, 'not_yet')),
    'asked-before': renderArticlePage({ ...article, waitingId: 'chl_01k9' }),
    unclear: renderCheckoutPage(samples.checkoutProps(assets, 'unclear')),
    expired: renderCheckoutPage(samples.checkoutProps(assets, 'expired')),
    settled: renderCheckoutPage(samples.checkoutProps(assets, 'settled')),
    wrong: renderCheckoutPage(samples.checkoutProps(assets, 'wrong_proof')),
    down: renderCheckoutPage(samples.checkoutProps(assets, 'wallet_down')),
    purchases: renderPurchasesPage({ ...frame, held: samples.ARTICLES }),
    forgotten: renderPurchasesPage({ ...frame, held: [] }),
    restore: renderRestorePage({ ...frame, fault: null, values: empty }),
    refused: renderRestorePage({
      ...frame,
      fault: { field: 'credential', message: 'No purchase here fits what you entered.' },
      values: { ...empty, credential: 'x' },
    }),
    missing: renderMessagePage({ ...message, code: 'paywall.resource_unknown', retryPath: null }),
    nowhere: renderMessagePage({ ...message, creator: null, code: 'paywall.resource_unknown' }),
    trouble: renderMessagePage({ ...message, code: 'lightning.unavailable' }),
  }
}

const TONES: Readonly<Record<string, string>> = {
  expired: 'grey',
  wallet_down: 'grey',
  refused: 'grey',
  lost: 'grey',
  opening: 'torn',
}

/** Shows the dialog of the page `article` as the script shows it in this state. */
export async function showDialog(page: Page, view: string): Promise<void> {
  const drawing = drawInvoiceQr(samples.INVOICE)
  const texts = {
    time: '13:40 left',
    invoice: 'lnbcrt2100n1p…jcq',
    'made-at': '14:02:11',
    'said-at': '14:02:31',
    reference: '7F3A',
    trouble: 'The author’s wallet does not answer',
    paid: 'Paid 210 sats',
    'old-price': '200 sats',
    note: view === 'expired' ? 'ran out at 14:17' : 'pay once',
  }
  await page.evaluate(
    ({ view, tone, texts, drawing }) => {
      const dialog = document.querySelector<HTMLDialogElement>('#checkout')
      if (!dialog) return
      dialog.dataset.view = view
      for (const panel of dialog.querySelectorAll<HTMLElement>('[data-when]')) {
        panel.hidden = !panel.dataset.when?.split(' ').includes(view) || panel.dataset.act === 'webln'
      }
      for (const [slot, text] of Object.entries(texts)) {
        for (const element of dialog.querySelectorAll(`[data-slot="${slot}"]`)) element.textContent = text
      }
      dialog.querySelector('.ticket')?.setAttribute('data-tone', tone)
      const symbol = document.querySelector('#qr-code')
      symbol?.setAttribute('viewBox', `0 0 ${drawing.size} ${drawing.size}`)
      symbol?.firstElementChild?.setAttribute('d', drawing.path)
      document.querySelector('.cut')?.scrollIntoView({ block: 'center' })
      if (!dialog.open) dialog.showModal()
    },
    { view, tone: TONES[view] ?? 'amber', texts, drawing },
  )
}
