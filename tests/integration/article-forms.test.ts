/** A form of an article is made again only when something that stands in it has changed. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBlobFolder } from '#lib/content/blob-folder.ts'
import { sha256 } from '#lib/crypto.ts'
import { createPageFrame, toItem } from '#lib/gate/answers/page-frame.ts'
import { type ArticleForms, createArticleForms } from '#lib/gate/kinds/article-forms.ts'
import type { Content } from '#lib/gate/target.ts'
import { satsToMsat } from '#lib/money.ts'
import { createBlockList } from '#lib/paywall/blocks/block-list.ts'
import { type Offer, READ } from '#lib/paywall/offers/offer.ts'
import { OPEN_ACCESS } from '#lib/paywall/resources/access.ts'
import type { CatalogArticle } from '#lib/paywall/resources/article/article-store.ts'
import { createCreatorHosts } from '#lib/paywall/resources/creator-host.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { createDenyList } from '#lib/paywall/tokens/deny-list.ts'
import { openReaderAssets } from '#lib/reader/assets.ts'
import { build } from '#scripts/build.ts'

type Article = CatalogResource<CatalogArticle>

const folder = mkdtempSync(join(tmpdir(), 'satstile-forms-'))
const blobs = createBlobFolder(folder)
let digest: string
beforeAll(async () => {
  await build({ only: ['reader'] })
  digest = await blobs.put(new TextEncoder().encode('The tide turns twice a day.'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const openForms = (maxBytes?: number): ArticleForms =>
  createArticleForms({
    ...{ blobs, sha256, ...(maxBytes === undefined ? {} : { maxBytes }) },
    frame: createPageFrame({
      assets: openReaderAssets(join(import.meta.dirname, '../../dist/reader')),
      ...{ demoWallet: null, appUrl: 'http://localhost:3000', hosts: createCreatorHosts('*.localhost:8402') },
      rates: () => new Map(),
    }),
    describe: (resource) => ({
      ...toItem(resource, {
        noun: 'article',
        members: {},
        size: '',
        length: '',
        freePart: '',
        method: 'GET',
        path: '',
      }),
      words: resource.detail.words,
      previewWords: resource.detail.previewWords,
    }),
  })

/** As it comes from the database: other objects each time. */
function article(name: string, more: { sats?: number; title?: string } = {}): Article {
  const offer: Offer = {
    ...{ id: `off_${name}`, kind: 'single', covers: [name], capabilities: [READ], tier: 0 },
    ...{ lastsSeconds: null, uses: null, rate: null, requires: [] },
    price: { version: 1, amountMsat: satsToMsat(more.sats ?? 210) },
  }
  return {
    ...{
      id: `res_${name}`,
      slug: name,
      kind: 'article',
      service: name,
      title: more.title ?? name,
      lead: '',
      language: 'en',
    },
    ...{ publishedAt: new Date(0), paused: false, access: OPEN_ACCESS, offers: [offer] },
    detail: {
      ...{ words: 6, previewWords: 0, sourceDigest: digest, previewDigest: digest, bodyDigest: digest },
      pictures: new Map(),
    },
  }
}

function snapshot(changeNumber: bigint, resources: readonly Article[], name = 'Harbor'): CreatorSnapshot {
  return {
    ...{ creatorId: 'crt', shortId: 'c', handle: 'harbor', host: 'harbor.localhost:8402', name, byline: '', about: '' },
    ...{ changeNumber, resources, ring: { active: null, find: () => null }, denied: createDenyList([]) },
    blocked: createBlockList([]),
    bySlug: new Map(resources.map((resource) => [resource.slug, resource])),
    ...{ picture: null, bySlugBefore: new Map(), services: new Map(), gone: new Map(), goneServices: new Map() },
  }
}

/** The form if it is in memory; a promise is one that is being made. */
function known(forms: ArticleForms, creator: CreatorSnapshot, resource: Article): Content | null {
  const found = forms.get({ creator, resource }, 'html')
  return found instanceof Promise ? null : found
}

describe('after a creator changed', () => {
  test('a form with the same content is the one of before, whatever the change number and the objects', async () => {
    const forms = openForms()
    const made = await forms.get({ creator: snapshot(1n, []), resource: article('tides') }, 'html')
    expect(known(forms, snapshot(2n, []), article('tides'))).toBe(made)
  })

  test('a price makes the form of its own article anew, and no other', async () => {
    const forms = openForms()
    const before = snapshot(1n, [article('tides'), article('storms')])
    const tides = await forms.get({ creator: before, resource: article('tides') }, 'html')
    await forms.get({ creator: before, resource: article('storms') }, 'html')
    const after = snapshot(2n, [article('tides'), article('storms', { sats: 420 })])
    expect(known(forms, after, article('tides'))).toBe(tides)
    expect(known(forms, after, article('storms', { sats: 420 }))).toBeNull()
  })

  test.each<[string, CreatorSnapshot | null, { title?: string }]>([
    ["the creator's name", null, {}],
    ['the title', snapshot(2n, []), { title: 'High tides' }],
  ])('%s makes it anew', async (_what, creator, more) => {
    const forms = openForms()
    await forms.get({ creator: snapshot(1n, []), resource: article('tides') }, 'html')
    expect(known(forms, creator ?? snapshot(2n, [], 'Harbour'), article('tides', more))).toBeNull()
  })
})

test('twice as many articles in turn as there is room for find a good part of their forms', async () => {
  const creator = snapshot(1n, [])
  const articles = Array.from({ length: 60 }, (_, n) => article(`a${n + 10}`))
  const one = await openForms().get({ creator, resource: articles[0] ?? article('a') }, 'html')
  const forms = openForms(one.length * 30 + 15)
  const walk = async () => {
    let found = 0
    for (const resource of articles) {
      if (known(forms, creator, resource) !== null) found += 1
      else await forms.get({ creator, resource }, 'html')
    }
    return found
  }
  for (let round = 0; round < 5; round += 1) await walk()
  let found = 0
  for (let round = 0; round < 10; round += 1) found += await walk()
  expect(found / 600).toBeGreaterThan(0.25)
})
