/** The card at the cut in its small size, made of the reader's own ticket; nothing in it can be pressed here. */
import { satsToMsat } from '#lib/money.ts'
import { formatLength } from '#lib/reader/format.ts'
import { StubPrice, Ticket } from '#lib/reader/ticket.tsx'

interface ReaderCardProps {
  readonly title: string
  readonly creator: string
  /** What is bought, and how much of it there is: `Read the rest`, `1,960 words, 10 min`. */
  readonly heading: string
  readonly line: string
  /** What a sentence calls it: `article`. */
  readonly noun: string
  /** `null`: no price that could be asked. */
  readonly sats: number | null
}

/** What the card of an article with so many words behind the cut says. */
export function cardOfArticle(words: number): Pick<ReaderCardProps, 'heading' | 'line' | 'noun'> {
  return { heading: 'Read the rest', line: formatLength(words), noun: 'article' }
}

export function ReaderCard({ title, creator, heading, line, noun, sats }: ReaderCardProps) {
  const price = sats === null ? 'no price' : `${sats.toLocaleString('en-US')} sats`
  return (
    <div role="img" aria-label={`Card of ${title}: ${price}`}>
      <Ticket
        kind="small"
        tone={sats === null ? 'grey' : 'amber'}
        stub={<Stub title={title} creator={creator} sats={sats} />}
      >
        <p className="text-interface font-semibold">{heading}</p>
        <p className="text-table text-muted">{line}</p>
        <p className="mt-3 flex items-center justify-between border-y border-hairline py-2 text-table font-medium">
          <span>This {noun}</span>
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
