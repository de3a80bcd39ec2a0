import { expect, test } from 'vitest'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'
import { findNearest } from './nearest.ts'

function creatorWith(...slugs: string[]): CreatorSnapshot {
  const resources = slugs.map((slug) => ({ slug, paused: slug === 'paused' }) as CatalogResource)
  return {
    resources,
    bySlug: new Map(resources.map((resource) => [resource.slug, resource])),
  } as unknown as CreatorSnapshot
}
const creator = creatorWith('tides', 'storms', 'the-lighthouse-keeper', 'paused')

test.each([
  ['a letter turned round', '/tidse', 'tides'],
  ['a letter too few', '/storm', 'storms'],
  ['a file name of old', '/tides.html', 'tides'],
  ['a part of an article that has none', '/tides/page/2', 'tides'],
  ['a slash too many', '//tides', 'tides'],
  ['several letters of a long one', '/lighthouse-keeper', 'the-lighthouse-keeper'],
])('%s is near', (_what, path, slug) => {
  expect(findNearest(creator, path)?.slug).toBe(slug)
})

test.each(['/', '/x', '/wp-login.php', '/about', '/pausde', `/${'t'.repeat(200)}`])('%s is near nothing', (path) => {
  expect(findNearest(creator, path)).toBeNull()
})
