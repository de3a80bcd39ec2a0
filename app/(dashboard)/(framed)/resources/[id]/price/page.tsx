/** The price of one resource: the form, and what readers and programs will see of it. */
import { readPricing } from '#app/_server/resources.ts'
import { requireMember } from '#app/_server/session.ts'
import { History } from './history.tsx'
import { PriceEditor } from './price-editor.tsx'

export default async function PricePage({ params }: { params: Promise<{ id: string }> }) {
  const member = await requireMember()
  const pricing = await readPricing(member, (await params).id)
  return (
    <PriceEditor pricing={pricing}>
      <History versions={pricing.history} />
    </PriceEditor>
  )
}
