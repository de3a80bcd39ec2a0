/** A kind that the product does not have, made in this file alone: a number that is thrown anew for everybody who paid. */
import type { Kind } from '#lib/gate/kinds/kind.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'
import { resourceName } from '#lib/paywall/resources/resource.ts'

/** What only a die has; its rows stand in no table. */
interface Die {
  readonly sides: number
}

/** `POST /<slug>/throw`; the address itself shows nothing and asks for the same. */
export const dieKind: Kind<Die, 'throw' | 'rules'> = {
  name: 'die',
  plural: 'Dice',
  async load(_tx, resources) {
    return new Map(resources.map((key) => [resourceName(key), { sides: 6 }]))
  },
  match(_resource, segments) {
    const [name, ...rest] = segments
    if (name === undefined) return 'throw'
    return rest.length === 0 && (name === 'throw' || name === 'rules') ? name : null
  },
  ask({ resource, place, method }) {
    if (place === 'throw' && method !== 'POST') return { kind: 'not-allowed', methods: ['POST', 'OPTIONS'] }
    return {
      kind: 'ask',
      free: place === 'rules',
      hasPage: false,
      hasPreview: false,
      services: [resource.service],
      method,
      tier: 0,
      capability: 'read',
      cost: async () => ({ uses: 1n, bytes: 0n, seconds: 0n, volume: 0n }),
    }
  },
  describe: ({ slug, detail }) => ({
    noun: 'die',
    members: { sides: detail.sides },
    size: `${detail.sides} sides`,
    length: '',
    freePart: '',
    method: 'POST',
    path: `/${slug}`,
  }),
  preview: () => {
    throw new TypeError('a die has no page')
  },
  target({ place, resource }) {
    const text = place === 'rules' ? 'One throw, one price.' : `thrown: 4 of ${resource.detail.sides}`
    const body = encodeUtf8(text)
    const fields = [['Content-Type', 'text/plain']] as const
    return {
      kind: 'hosted',
      content: { etag: null, length: body.length, fields, body, packing: 'none' },
      access: place === 'rules' ? 'free' : 'paid',
      isReading: place === 'throw',
    }
  },
}
