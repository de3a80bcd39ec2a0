/** Which address of a creator somebody meant who asked for one that is not there. */
import { distance } from 'fastest-levenshtein'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'

/** Anybody may ask for what is not there, as often as they like. */
const MAX_COMPARED = 500
const MAX_LENGTH = 100

/** The resource on sale whose slug differs least from the first segment of `path`; `null`: none is near enough to be meant. */
export function findNearest({ bySlug, resources }: CreatorSnapshot, path: string): CatalogResource | null {
  const [wanted = ''] = path
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '')
  const name = wanted.replace(/\.(?:html?|md|json|php)$/, '')
  if (name === '' || name.length > MAX_LENGTH) return null
  const exact = bySlug.get(name)
  if (exact !== undefined) return exact
  let nearest: CatalogResource | null = null
  let least = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const resource of resources.slice(0, MAX_COMPARED)) {
    if (resource.paused || Math.abs(resource.slug.length - name.length) >= least) continue
    const apart = distance(name, resource.slug)
    // A short word with other letters throughout is another word.
    if (apart < least && apart < resource.slug.length) [nearest, least] = [resource, apart]
  }
  return nearest
}
