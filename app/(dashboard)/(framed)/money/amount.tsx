/** An amount of the books: its sign, grouped digits, and always its millisatoshi, in a fainter ink. */

const MINUS = '−'

export function Amount({ msat, className = '' }: { msat: bigint; className?: string }) {
  const size = msat < 0n ? -msat : msat
  return (
    <span className={`whitespace-nowrap ${className}`}>
      {msat < 0n && MINUS}
      {(size / 1000n).toLocaleString('en-US')}
      <span className="font-normal text-faint">.{String(size % 1000n).padStart(3, '0')}</span>
    </span>
  )
}
