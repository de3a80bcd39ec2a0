/** Money on screen: grouped digits, the unit beside it, a part of a sat in a fainter ink and never rounded away. */
import { formatSats, type Msat, msat } from '#lib/money.ts'

export function Sats({ amount, unit = true, className = '' }: { amount: bigint; unit?: boolean; className?: string }) {
  const [whole = '0', rest] = formatSats(toMsat(amount)).split('.')
  return (
    <span className={`whitespace-nowrap ${className}`}>
      {whole}
      {rest !== undefined && <span className="font-normal text-faint">.{rest}</span>}
      {unit && ' sats'}
    </span>
  )
}

function toMsat(amount: bigint): Msat {
  return msat(amount < 0n ? 0n : amount)
}
