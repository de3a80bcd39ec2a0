/** What the Access tab shows: how a resource lets people in, and whom its creator keeps out. */
import 'server-only'
import type { Membership } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { encodeHex } from '#lib/l402/bytes.ts'
import { listBlocks } from '#lib/paywall/blocks/block-store.ts'
import type { Access, AccessInput } from '#lib/paywall/resources/access.ts'
import { readAccess } from '#lib/paywall/resources/access-store.ts'
import { countSalesByPrice } from '#lib/paywall/settlements/sale-store.ts'
import { requireResource } from './resources.ts'

export interface ShownBlock {
  readonly id: string
  readonly kind: 'network' | 'token'
  readonly subject: string
  readonly note: string
  readonly at: Date
}

interface AccessTab {
  readonly resourceId: string
  readonly access: AccessInput
  readonly hasPreview: boolean
  readonly sales: number
  readonly blocks: readonly ShownBlock[]
}

export async function readAccessTab(member: Membership, resourceId: string): Promise<AccessTab> {
  const { id, kind } = await requireResource(member, resourceId)
  const { creatorId } = member
  const key = { creatorId, resourceId: id }
  return await webDeps().db.asCreator(creatorId, async (tx) => {
    const access = await readAccess(tx, key)
    const sales = await countSalesByPrice(tx, key)
    const rows = await listBlocks(tx, creatorId)
    const blocks = rows.map(({ id: blockId, network, token, note, createdAt }): ShownBlock => {
      const named = token === null ? { kind: 'network' as const, subject: network ?? '' } : nameToken(token)
      return { id: blockId, ...named, note, at: createdAt }
    })
    const sold = sales.reduce((sum, row) => sum + row.sales, 0)
    // Programs alone use the others, so there is no page that shows something first.
    return { resourceId: id, access: toInput(access), hasPreview: kind !== 'api', sales: sold, blocks }
  })
}

function nameToken(mark: Uint8Array) {
  return { kind: 'token', subject: encodeHex(mark) } as const
}

function toInput({ requireSettled, browsersPay, tokenRate, tokenAtOnce }: Access): AccessInput {
  return {
    ...{ requireSettled, browsersPay },
    rateRequests: tokenRate === null ? '' : String(tokenRate.requests),
    rateSeconds: tokenRate === null ? '' : String(tokenRate.seconds),
    atOnce: tokenAtOnce === null ? '' : String(tokenAtOnce),
  }
}
