/** Pages that are drawn once for each snapshot of their creator and resource. */
import type { Content } from '#lib/gate/target.ts'
import type { CatalogResource, CreatorSnapshot } from '#lib/paywall/resources/snapshot.ts'

/** A change of either is another object, so what is kept is never out of date, and goes with them. */
export function createShelf<R extends CatalogResource>() {
  const shelf = new WeakMap<CreatorSnapshot, WeakMap<R, Content>>()
  return (creator: CreatorSnapshot, resource: R, make: () => Content): Content => {
    const ofCreator = shelf.get(creator) ?? new WeakMap<R, Content>()
    shelf.set(creator, ofCreator)
    const content = ofCreator.get(resource) ?? make()
    ofCreator.set(resource, content)
    return content
  }
}
