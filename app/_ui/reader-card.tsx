/** The card at the cut in its small size, made of the reader's own ticket; nothing in it can be pressed here. */
import { satsToMsat } from '#lib/money.ts'
import { formatLength } from '#lib/reader/format.ts'
import { StubPrice, Ticket } from '#lib/reader/ticket.tsx'

interface ReaderCardProps {
  readonly title: string
  readonly creator: string
  /** Behind the cut. */
  readonly words: number
  /** `null`: no price that could be asked. */
  readonly sats: number | null
}

export function ReaderCard({ title, creator, words, sats }: ReaderCardProps) {
  const price = sats === null ? 'no price' : `${sats.toLocaleString('en-US')} sats`
  return (
    <div role="img" aria-label={`Card of ${title}: ${price}`}>
      <Ticket
        kind="small"
        tone={sats === null ? 'grey' : 'amber'}
        stub={<Stub title={title} creator={creator} sats={sats} />}
      >
        <p className="text-interface font-semibold">Read the rest</p>
        <p className="text-table text-muted">{formatLength(words)}</p>
        <p className="mt-3 flex items-center justify-between border-y border-hairline py-2 text-table font-medium">
          <span>This article</span>
          <span>{price}</span>
        </p>
        <span className="button button-primary mt-3 w-full">
          {sats === null ? 'Not on sale' : `Unlock for ${price}`}
        </span>
      </Ticket>
    </div>
  )
}

function Stub({ title, creator, sats }: Pick<ReaderCardProps, 'title' | 'creator' | 'sats'>) {
  return (
    <>
      <div className="stub-what">
        <p className="stub-title">{title}</p>
        <p className="stub-by">{creator}</p>
      </div>
      {sats !== null && (
        <div className="stub-price">
          <StubPrice amount={satsToMsat(sats)} />
        </div>
      )}
    </>
  )
}
