'use client'
/** An invoice is pasted and echoed in words before its code is asked for; what was typed stays after a fault. */
import { useState, useTransition } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { formatClock } from '#app/_ui/format.ts'
import { Icon } from '#app/_ui/icon.tsx'
import { Sats } from '#app/_ui/sats.tsx'
import { decodeInvoice, type Echo, type PayOutAnswer, payOut } from './actions.ts'

const SILENT: PayOutAnswer = {
  kind: 'refused',
  fields: {},
  message: 'No money has moved: the server does not answer. Try again.',
}

export function PayOutForm({ availableMsat, timeZone }: { availableMsat: string; timeZone: string }) {
  const { invoice, echo, code, answer, isBusy, setInvoice, setCode, send } = usePayOut()
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
          To, as an invoice of your wallet
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
          placeholder="lnbc…"
          className="field mt-1.5 font-mono text-table break-all"
        />
        <FieldFault id="payout-invoice-fault" text={destinationFault} />
      </div>
      {echo?.kind === 'read' && <Echoed echo={echo} availableMsat={BigInt(availableMsat)} timeZone={timeZone} />}
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
      <button type="submit" disabled={isBusy || echo?.kind !== 'read'} className="button button-primary min-h-11">
        <Icon name="lock" />
        {echo?.kind === 'read' ? (
          <span>
            Pay out <Sats amount={BigInt(echo.amountMsat)} />
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
  const [code, setCode] = useState('')
  const [answer, setAnswer] = useState<PayOutAnswer | null>(null)
  const [isBusy, start] = useTransition()
  const setInvoice = (typed: string) => {
    setText(typed)
    setEcho(null)
    setAnswer(null)
    if (typed.trim() !== '') start(async () => setEcho(await decodeInvoice(typed).catch(() => null)))
  }
  const send = () =>
    start(async () => {
      const said = await payOut(invoice, code).catch(() => SILENT)
      setAnswer(said)
      if (said.kind !== 'asked') return
      setText('')
      setEcho(null)
      setCode('')
    })
  return { invoice, echo, code, answer, isBusy, setInvoice, setCode, send }
}

interface EchoedProps {
  readonly echo: Extract<Echo, { kind: 'read' }>
  readonly availableMsat: bigint
  readonly timeZone: string
}

function Echoed({ echo, availableMsat, timeZone }: EchoedProps) {
  const left = availableMsat - BigInt(echo.amountMsat) - BigInt(echo.feeCapMsat)
  return (
    <dl className="grid grid-cols-[1fr_auto] gap-y-1 border-y border-hairline py-3 text-table [&>dd]:text-right [&>dt]:text-muted">
      <dt>Amount</dt>
      <dd>
        <Sats amount={BigInt(echo.amountMsat)} />
      </dd>
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
      <dt>Routing fee, at most</dt>
      <dd>
        <Sats amount={BigInt(echo.feeCapMsat)} />
      </dd>
      <dt>Left in Available, at least</dt>
      <dd>{left < 0n ? 'not enough is available' : <Sats amount={left} />}</dd>
    </dl>
  )
}
