'use client'
/** An invoice or an address is pasted and echoed in words before its code is asked for; what was typed stays after a fault. */
import { useState, useTransition } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { formatClock } from '#app/_ui/format.ts'
import { Icon } from '#app/_ui/icon.tsx'
import { Sats } from '#app/_ui/sats.tsx'
import { feeCap } from '#lib/paywall/payouts/fee-cap.ts'
import { readSats } from '#lib/paywall/payouts/sats-typed.ts'
import { decodeDestination, type Echo, type PayOutAnswer, payOut } from './actions.ts'

const SILENT: PayOutAnswer = {
  kind: 'refused',
  fields: {},
  message: 'No money has moved: the server does not answer. Try again.',
}

export function PayOutForm({ availableMsat, timeZone }: { availableMsat: string; timeZone: string }) {
  const { invoice, echo, sats, code, answer, isBusy, setInvoice, setSats, setCode, send } = usePayOut()
  const terms = termsOf(echo, sats)
  const faults = answer?.kind === 'refused' ? answer.fields : {}
  const destinationFault = echo?.kind === 'refused' ? echo.why : faults.destination
  return (
    <form
      noValidate
      className="mt-3 flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <div>
        <label htmlFor="payout-invoice" className="block text-table font-medium">
          To, as an invoice of your wallet or a Lightning address
        </label>
        <textarea
          id="payout-invoice"
          rows={3}
          spellCheck={false}
          autoComplete="off"
          value={invoice}
          onChange={(event) => setInvoice(event.target.value)}
          aria-invalid={destinationFault !== undefined}
          aria-describedby="payout-invoice-fault"
          placeholder="lnbc… or name@example.com"
          className="field mt-1.5 font-mono text-table break-all"
        />
        <FieldFault id="payout-invoice-fault" text={destinationFault} />
      </div>
      {echo?.kind === 'address' && (
        <div>
          <label htmlFor="payout-amount" className="block text-table font-medium">
            Amount in sats
          </label>
          <input
            id="payout-amount"
            inputMode="numeric"
            autoComplete="off"
            value={sats}
            onChange={(event) => setSats(event.target.value)}
            aria-invalid={faults.amount !== undefined}
            aria-describedby="payout-amount-fault"
            className="field mt-1.5 max-w-60"
          />
          <FieldFault id="payout-amount-fault" text={faults.amount} />
        </div>
      )}
      {terms !== null && <Echoed terms={terms} availableMsat={BigInt(availableMsat)} timeZone={timeZone} />}
      <div>
        <label htmlFor="payout-code" className="block text-table font-medium">
          Code of your authenticator
        </label>
        <input
          id="payout-code"
          inputMode="numeric"
          autoComplete="one-time-code"
          value={code}
          onChange={(event) => setCode(event.target.value)}
          aria-invalid={faults.code !== undefined}
          aria-describedby="payout-code-fault"
          className="field mt-1.5 max-w-60"
        />
        <FieldFault id="payout-code-fault" text={faults.code} />
      </div>
      <button
        type="submit"
        disabled={isBusy || echo === null || echo.kind === 'refused'}
        className="button button-primary min-h-11"
      >
        <Icon name="lock" />
        {terms !== null ? (
          <span>
            Pay out <Sats amount={terms.amountMsat} />
          </span>
        ) : (
          'Pay out'
        )}
      </button>
      <p role="status" className="text-table text-muted">
        {answer === null
          ? ''
          : answer.kind === 'asked'
            ? 'Asked for. It stands on this page from now on.'
            : answer.message}
      </p>
    </form>
  )
}

function usePayOut() {
  const [invoice, setText] = useState('')
  const [echo, setEcho] = useState<Echo | null>(null)
  const [sats, setSats] = useState('')
  const [code, setCode] = useState('')
  const [answer, setAnswer] = useState<PayOutAnswer | null>(null)
  const [isBusy, start] = useTransition()
  const setInvoice = (typed: string) => {
    setText(typed)
    setEcho(null)
    setAnswer(null)
    if (typed.trim() !== '') start(async () => setEcho(await decodeDestination(typed).catch(() => null)))
  }
  const send = () =>
    start(async () => {
      const said = await payOut({ destination: invoice, sats, code }).catch(() => SILENT)
      setAnswer(said)
      if (said.kind !== 'asked') return
      setText('')
      setEcho(null)
      setSats('')
      setCode('')
    })
  return { invoice, echo, sats, code, answer, isBusy, setInvoice, setSats, setCode, send }
}

interface Terms {
  readonly amountMsat: bigint
  readonly feeCapMsat: bigint
  readonly echo: Exclude<Echo, { kind: 'refused' }>
}

/** `null`: there is no amount yet. */
function termsOf(echo: Echo | null, sats: string): Terms | null {
  if (echo === null || echo.kind === 'refused') return null
  if (echo.kind === 'read') return { echo, amountMsat: BigInt(echo.amountMsat), feeCapMsat: BigInt(echo.feeCapMsat) }
  const amountMsat = readSats(sats)
  return amountMsat === null ? null : { echo, amountMsat, feeCapMsat: feeCap(amountMsat, echo.feePpm) }
}

interface EchoedProps {
  readonly terms: Terms
  readonly availableMsat: bigint
  readonly timeZone: string
}

function Echoed({ terms: { echo, amountMsat, feeCapMsat }, availableMsat, timeZone }: EchoedProps) {
  const left = availableMsat - amountMsat - feeCapMsat
  return (
    <dl className="grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-3 gap-y-1 border-y border-hairline py-3 text-table [&>dd]:text-right [&>dt]:text-muted">
      <dt>Amount</dt>
      <dd>
        <Sats amount={amountMsat} />
      </dd>
      {echo.kind === 'read' ? <OfInvoice echo={echo} timeZone={timeZone} /> : <OfAddress echo={echo} />}
      <dt>Routing fee, at most</dt>
      <dd>
        <Sats amount={feeCapMsat} />
      </dd>
      <dt>Left in Available, at least</dt>
      <dd>{left < 0n ? 'not enough is available' : <Sats amount={left} />}</dd>
    </dl>
  )
}

function OfAddress({ echo }: { echo: Extract<Echo, { kind: 'address' }> }) {
  return (
    <>
      <dt>To</dt>
      <dd className="break-all">
        {echo.text.length > 60 ? `${echo.text.slice(0, 16)}…${echo.text.slice(-10)}` : echo.text}
      </dd>
      <dt>Asked for an invoice, once</dt>
      <dd className="break-all">{echo.host}</dd>
    </>
  )
}

function OfInvoice({ echo, timeZone }: { echo: Extract<Echo, { kind: 'read' }>; timeZone: string }) {
  return (
    <>
      <dt>To the node</dt>
      <dd>
        <code className="font-mono" title={echo.node}>
          {echo.node.slice(0, 8)}…{echo.node.slice(-8)}
        </code>
      </dd>
      {echo.description !== '' && (
        <>
          <dt>It says</dt>
          <dd>
            <bdi>{echo.description.slice(0, 80)}</bdi>
          </dd>
        </>
      )}
      <dt>Good until</dt>
      <dd>{formatClock(new Date(echo.expiresAtMs), timeZone)}</dd>
    </>
  )
}
