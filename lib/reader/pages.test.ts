import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { satsToMsat } from '#lib/money.ts'
import { renderArticlePage } from './article-page.tsx'
import { openReaderAssets } from './assets.ts'
import { renderCheckoutPage } from './checkout-page.tsx'
import { renderCreatorPage } from './creator-page.tsx'
import { renderMessagePage } from './message-page.tsx'
import type { ReaderArticle } from './props.ts'

const frame = {
  assets: { href: (name: string) => `/_l402/assets/${name}` },
  creator: { name: 'Harbor Notes', byline: 'Ingrid Rask' },
  origin: 'https://harbor.example',
  demoWallet: null,
}
const article: ReaderArticle = {
  id: 'res_1',
  slug: 'tides',
  noun: 'article',
  length: '10 min',
  offer: { id: 'single', lastsSeconds: null, uses: null },
  service: 'k3h-tides',
  title: 'Tides',
  lead: '',
  language: 'da',
  words: 2140,
  previewWords: 180,
  publishedAt: new Date('2026-11-12T08:00:00Z'),
  priceMsat: satsToMsat(1234),
  paused: false,
}
const page = (over: Partial<ReaderArticle> = {}, bodyHtml: string | null = null) =>
  renderArticlePage({ ...frame, article: { ...article, ...over }, previewHtml: '<p>free</p>', bodyHtml })

describe('an article page', () => {
  test('says price, length and how long access lasts before paying', () => {
    for (const text of [
      '1,234',
      '1,960 words, 10 min',
      'Yours for good',
      'Unlock for 1,234 sats',
      '12 November 2026',
    ]) {
      expect(page()).toContain(text)
    }
  })

  test('has the text behind the cut and no ticket once it is admitted, and the other way round before', () => {
    expect(page({}, '<p>paid</p>')).toContain('<p>paid</p>')
    expect(page({}, '<p>paid</p>')).not.toContain('id="unlock"')
    expect(page()).toContain('id="unlock"')
  })

  test('tells search engines that the text behind the cut is paid, and nothing of it', () => {
    const data = JSON.parse(/<script type="application\/ld\+json">(.*?)<\/script>/.exec(page())?.[1] ?? '')
    expect(data).toMatchObject({
      headline: 'Tides',
      isAccessibleForFree: false,
      hasPart: { cssSelector: '.paid-part' },
    })
    expect(page()).toContain('<div id="cut" class="paid-part">')
    expect(page({ title: '</script><b>' })).not.toContain('</script><b>')
  })

  test('names its one address, its card and the feed, all of them whole', () => {
    for (const tag of [
      '<link rel="canonical" href="https://harbor.example/tides"/>',
      '<meta property="og:url" content="https://harbor.example/tides"/>',
      '<meta property="og:image" content="https://harbor.example/_l402/card/tides.png"/>',
      '<link rel="alternate" type="application/atom+xml" title="Harbor Notes" href="/feed.xml"/>',
      '<title>Tides · Harbor Notes</title>',
    ]) {
      expect(page()).toContain(tag)
    }
    const data = JSON.parse(/<script type="application\/ld\+json">(.*?)<\/script>/.exec(page())?.[1] ?? '')
    expect(data).toMatchObject({
      url: 'https://harbor.example/tides',
      image: expect.stringContaining('/card/tides.png'),
    })
  })

  test('marks the language of what the creator wrote, not of what we say', () => {
    expect(page()).toContain('<h1 lang="da">Tides</h1>')
    expect(page()).toContain('<html lang="en">')
  })

  test('turns what is written from right to left, on page and card, and nothing else', () => {
    const hebrew = page({ language: 'he', title: 'שעון' }, '<p>שלום</p>')
    expect(hebrew).toContain('<h1 lang="he" dir="rtl">שעון</h1>')
    expect(hebrew.match(/class="prose" lang="he" dir="rtl"/g)).toHaveLength(2)
    expect(hebrew).toContain('"inLanguage":"he"')
    expect(page({ language: 'he' })).toContain('<p class="stub-title" lang="he" dir="rtl">')
    expect(page()).not.toContain('dir="rtl"')
  })

  test('sells nothing while it is paused, and says that nothing was charged', () => {
    expect(page({ paused: true })).toContain('Nothing was charged.')
    expect(page({ paused: true })).not.toMatch(/id="unlock"|id="checkout"|data-tone="amber"/)
  })

  test('offers the demo wallet in development alone', () => {
    expect(page()).not.toContain('demo wallet')
    const inDevelopment = { ...frame, demoWallet: 'http://localhost:8404', article, previewHtml: '', bodyHtml: null }
    expect(renderArticlePage(inDevelopment)).toContain('Pay with demo wallet')
  })
})

test('what a creator calls things stays text, in markup and in the page’s facts', () => {
  const evil = '</script><script>alert(1)</script>"\'<b>'
  const creator = { name: evil, byline: evil }
  const articles = [{ ...article, title: evil, lead: evil }]
  const html = [
    page({ title: evil, lead: evil }),
    renderCreatorPage({ ...frame, creator, about: evil, items: articles, now: new Date() }),
    renderMessagePage({ ...frame, creator, code: 'input.invalid', message: evil, requestId: evil, retryPath: null }),
  ].join('')
  expect(html).not.toContain('<script>alert')
  expect(html).not.toContain('<b>')
})

test('no page has an inline style or a handler', () => {
  const challenge = {
    id: 'chl_1',
    invoice: `lnbcrt${'q'.repeat(250)}`,
    amountMsat: satsToMsat(210),
    createdAt: new Date(0),
    expiresAt: new Date(900_000),
  }
  const checkout = renderCheckoutPage({ ...frame, item: article, challenge, state: 'waiting', now: new Date(1000) })
  for (const html of [page(), checkout]) expect(html).not.toMatch(/<[^>]+\s(style|on[a-z]+)=/)
})

describe('built assets', () => {
  test('are reached by the names of the manifest, and nothing else in the folder is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'satstile-assets-'))
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ 'reader.css': 'reader.0123456789ab.css' }))
    writeFileSync(join(folder, 'reader.0123456789ab.css'), 'a{}')
    const assets = openReaderAssets(folder)
    expect(assets.href('reader.css')).toBe('/_l402/assets/reader.0123456789ab.css')
    expect(assets.find('reader.0123456789ab.css')).toMatchObject({ contentType: 'text/css; charset=utf-8' })
    for (const name of ['manifest.json', '../manifest.json', 'reader.css', '__proto__'])
      expect(assets.find(name)).toBeNull()
    expect(() => assets.href('other.css')).toThrowError(expect.objectContaining({ code: 'internal.bug' }))
    rmSync(folder, { recursive: true })
  })

  test('that were never built are a fault that says so', () => {
    expect(() => openReaderAssets('/nowhere')).toThrowError(/not built/)
  })
})
