/** The newest payouts, each with what has happened to its money, and the one sentence that matters first. */
import { formatClock } from '#app/_ui/format.ts'
import { Icon } from '#app/_ui/icon.tsx'
import { Sats } from '#app/_ui/sats.tsx'
import { encodeHex } from '#lib/l402/bytes.ts'
import { formatSats, msat } from '#lib/money.ts'
import type { Problem } from '#lib/paywall/payouts/payout.ts'
import type { ListedPayout } from '#lib/paywall/payouts/payout-list-store.ts'
import { CallOff } from './call-off.tsx'
import { KeepFresh } from './keep-fresh.tsx'

export function Payouts({ payouts, timeZone }: { payouts: readonly ListedPayout[]; timeZone: string }) {
  if (payouts.length === 0) return null
  const isMoving = payouts.some(({ endedAt }) => endedAt === null)
  return (
    <section aria-label="Payouts" className="flex flex-col gap-4">
      {isMoving && <KeepFresh />}
      {payouts.map((payout) => (
        <Card key={payout.id} payout={payout} timeZone={timeZone} />
      ))}
    </section>
  )
}

function Card({ payout, timeZone }: { payout: ListedPayout; timeZone: string }) {
  const { word, tone } = stateWord(payout)
  return (
    <article className="rounded-card border border-hairline bg-surface p-5">
      <header className="flex flex-wrap items-start justify-between gap-x-3 gap-y-2">
        <div className="min-w-0">
          <h2 className="text-interface font-semibold">
            Payout of <Sats amount={payout.amountMsat} />
          </h2>
          <p className="text-table text-muted">
            to <span className="break-all">{shorten(payout.destination)}</span>, asked at{' '}
            {formatClock(payout.askedAt, timeZone)}
          </p>
        </div>
        <p className={`flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-table font-medium ${tone}`}>
          {payout.endedAt === null && <Icon name="clock" className="size-4!" />}
          {word}
        </p>
      </header>
      <p className="mt-3">{sentence(payout, timeZone)}</p>
      {payout.dispatchedAt !== null && <Track payout={payout} timeZone={timeZone} />}
      {payout.state === 'unknown' && (
        <p className="mt-3 border-t border-hairline pt-3 text-table text-muted">
          We ask again every 30 s.
          {payout.nodeAskedAt !== null && ` The node answered last at ${formatClock(payout.nodeAskedAt, timeZone)}.`}
        </p>
      )}
      {payout.preimage !== null && (
        <p className="mt-3 text-table text-muted">
          Payment proof <code className="font-mono break-all text-text select-all">{encodeHex(payout.preimage)}</code>
        </p>
      )}
      {payout.dispatchedAt === null && payout.endedAt === null && (
        <CallOff id={payout.id} isAsked={payout.cancelAskedAt !== null} />
      )}
    </article>
  )
}

/** An invoice is hundreds of letters; its ends tell it apart. */
function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 16)}…${text.slice(-10)}`
}

const WAITING = 'bg-waiting-soft text-waiting'

function stateWord({ state, waitsUntil }: ListedPayout): { word: string; tone: string } {
  switch (state) {
    case 'requested':
      return { word: waitsUntil === null ? 'Requested' : 'Waiting', tone: WAITING }
    case 'reserved':
    case 'fixed':
    case 'dispatched':
      return { word: 'Sending', tone: WAITING }
    case 'unknown':
      return { word: 'Not yet known', tone: WAITING }
    case 'succeeded':
      return { word: 'Sent', tone: 'bg-paid-soft text-paid' }
    case 'failed':
      return { word: 'Failed', tone: 'bg-error-soft text-error' }
    case 'canceled':
      return { word: 'Called off', tone: 'bg-sunken text-muted' }
  }
}

/** What happened to the money first, why second. */
function sentence(payout: ListedPayout, timeZone: string): string {
  const sats = `${formatSats(msat(payout.amountMsat))} sats`
  switch (payout.state) {
    case 'requested':
      return payout.waitsUntil === null
        ? 'No money has moved. The code is being checked.'
        : `No money has moved. This destination is new: it can be used from ${payout.waitsUntil.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone })}, ${formatClock(payout.waitsUntil, timeZone)} on.`
    case 'reserved':
    case 'fixed':
      return `${sats} are set aside and about to be sent.`
    case 'dispatched':
      return `${sats} are on their way.`
    case 'unknown':
      return `The node has not given a final answer. ${sats} stay reserved and will not be sent twice.`
    case 'succeeded':
      return `${sats} were sent; the way cost ${formatSats(msat(payout.feeMsat ?? 0n))} sats.`
    case 'canceled':
      return 'Called off. No money has moved; what was set aside was returned in full.'
    case 'failed':
      return FAILURES[payout.problem ?? 'refused']
  }
}

const FAILURES: Readonly<Record<Problem, string>> = {
  code: 'No money has moved. The code did not fit, or was used before.',
  locked: 'No money has moved. Too many codes were wrong; payouts wait for an hour.',
  no_factor: 'No money has moved. Payouts need an authenticator, and there is none.',
  destination: 'No money has moved. The invoice cannot be read, or has run out.',
  own_node: 'No money has moved. This invoice is of our own node.',
  amount: 'No money has moved. The invoice asks for another amount.',
  expired: 'Returned in full. The invoice ran out before it could be sent.',
  used: 'Returned in full. Another payout has this invoice already.',
  new_destination:
    'No money has moved. This wallet is new, and the invoice ends before it may be used. Make one after that.',
  creator_cap: 'No money has moved. This is more than may be paid out to you in 24 hours.',
  daily_cap: 'No money has moved. All payouts of these 24 hours have been used up; try again tomorrow.',
  balance: 'No money has moved. Less was available than this and its routing fee.',
  unresolved: 'Returned in full. The address gave no invoice that fits what was asked.',
  address_silent: 'Returned in full. The server of the address gave no answer. Try again.',
  address_bounds: 'Returned in full. The address takes no payment of this amount.',
  not_sent: 'Returned in full. It never reached the node, and its invoice has run out.',
  no_route: 'Returned in full. The node found no way to this wallet for the routing fee.',
  refused: 'Returned in full. The node says that the payment failed.',
}

/** Solid to the last certain step; what is not known is dashed, and never a check. */
function Track({ payout, timeZone }: { payout: ListedPayout; timeZone: string }) {
  const { state, dispatchedAt, unknownAt, endedAt } = payout
  const last = endedAt ?? (state === 'unknown' ? unknownAt : null)
  return (
    <ol className="mt-4 grid grid-cols-3 text-table">
      <Stop word="Requested" at={payout.askedAt} timeZone={timeZone} />
      <Stop word="Sending" at={dispatchedAt} timeZone={timeZone} isLast={last === null} />
      {last !== null && (
        <Stop word={stateWord(payout).word} at={last} timeZone={timeZone} isOpen={state === 'unknown'} isLast />
      )}
    </ol>
  )
}

interface StopProps {
  readonly word: string
  readonly at: Date | null
  readonly timeZone: string
  readonly isOpen?: boolean
  readonly isLast?: boolean
}

function Stop({ word, at, timeZone, isOpen = false, isLast = false }: StopProps) {
  const line = isOpen ? 'border-dashed border-waiting' : 'border-control'
  return (
    <li className={isOpen ? 'text-waiting' : ''}>
      <span className="flex items-center gap-2 pr-2">
        <Icon name={isOpen ? 'clock' : 'check'} />
        {(!isLast || isOpen) && <span className={`h-0 flex-1 border-t ${line}`} />}
      </span>
      <span className="mt-1 block font-medium">{word}</span>
      <span className={isOpen ? '' : 'text-muted'}>{at === null ? '' : formatClock(at, timeZone)}</span>
    </li>
  )
}
