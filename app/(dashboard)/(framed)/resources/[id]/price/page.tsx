/** The price of one resource: the form, and what readers and programs will see of it. */

import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { readPricing } from '#app/_server/reads/resources.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { History } from './history.tsx'
import { PriceEditor } from './price-editor.tsx'

export default async function PricePage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  const read = await whileReachable(async () => readPricing(await requireMember(), id))
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  const pricing = read.value
  return (
    <PriceEditor pricing={pricing}>
      <History versions={pricing.history} />
    </PriceEditor>
  )
}
