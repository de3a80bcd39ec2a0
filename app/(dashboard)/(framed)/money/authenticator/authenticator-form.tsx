'use client'
/** Scan, type the code, keep the recovery codes: they are shown once. */
import Link from 'next/link'
import { useState, useTransition } from 'react'
import { Icon } from '#app/_ui/icon.tsx'
import { KeepFresh } from '#app/(dashboard)/(framed)/money/keep-fresh.tsx'
import type { FactorState } from '#lib/paywall/payouts/payout-list-store.ts'
import { type TakeOverAnswer, takeOver } from './actions.ts'

interface AuthenticatorProps {
  /** Drawn on the server from `uri`. */
  readonly svg: string
  readonly uri: string
  readonly letters: string
  /** There is one already, and a code of it is needed to change it. */
  readonly holds: boolean
  readonly newest: FactorState
}

const SILENT: TakeOverAnswer = {
  kind: 'refused',
  message: 'Nothing was changed: the server does not answer. Try again.',
}

export function AuthenticatorForm(props: AuthenticatorProps) {
  // The page is drawn anew with another secret while one waits; what was scanned stays.
  const [{ svg, uri, letters }] = useState(props)
  const [code, setCode] = useState('')
  const [previous, setPrevious] = useState('')
  const [answer, setAnswer] = useState<TakeOverAnswer | null>(null)
  const [isBusy, start] = useTransition()
  if (answer?.kind === 'asked') return <Kept codes={answer.recoveryCodes} newest={props.newest} />
  return (
    <form
      noValidate
      className="mt-6 grid gap-x-10 gap-y-6 md:grid-cols-[240px_minmax(0,400px)]"
      onSubmit={(event) => {
        event.preventDefault()
        start(async () => setAnswer(await takeOver({ letters, code, previous }).catch(() => SILENT)))
      }}
    >
      {/* biome-ignore lint/performance/noImgElement: drawn with the page, so there is nothing to load. */}
      <img
        src={`data:image/svg+xml,${encodeURIComponent(svg)}`}
        width={240}
        height={240}
        alt="QR code of the secret"
        className="rounded-card bg-white"
      />
      <div className="flex flex-col gap-4">
        <p className="text-table text-muted">
          Scan it with your authenticator, or{' '}
          <a href={uri} className="link">
            open it on this device
          </a>
          . To type it: <code className="font-mono break-all text-text select-all">{letters}</code>
        </p>
        <Field id="factor-code" label="Code that it shows" value={code} onChange={setCode} />
        {props.holds && (
          <Field
            id="factor-previous"
            label="Code of the one before, or a recovery code"
            value={previous}
            onChange={setPrevious}
          />
        )}
        <button type="submit" disabled={isBusy} className="button button-primary self-start">
          Take it over
        </button>
        <p role="status" className="text-table text-muted">
          {answer?.kind === 'refused' ? answer.message : ''}
        </p>
      </div>
    </form>
  )
}

interface FieldProps {
  readonly id: string
  readonly label: string
  readonly value: string
  readonly onChange: (text: string) => void
}

function Field({ id, label, value, onChange }: FieldProps) {
  return (
    <div>
      <label htmlFor={id} className="block text-table font-medium">
        {label}
      </label>
      <input
        id={id}
        value={value}
        autoComplete="one-time-code"
        onChange={(event) => onChange(event.target.value)}
        className="field mt-1.5 max-w-60"
      />
    </div>
  )
}

const WORDS: Readonly<Record<FactorState, string>> = {
  none: 'It is being checked.',
  waiting: 'It is being checked.',
  refused: 'The code did not fit, so nothing was changed. Reload this page and try again.',
  set: 'It holds from now on. Payouts ask for its codes.',
}

function Kept({ codes, newest }: { codes: readonly string[]; newest: FactorState }) {
  return (
    <section aria-labelledby="kept-title" className="mt-6 max-w-[560px]">
      {newest === 'waiting' && <KeepFresh />}
      <p
        role="status"
        className={`flex gap-2 ${newest === 'set' ? 'text-paid' : newest === 'refused' ? 'text-error' : 'text-waiting'}`}
      >
        <Icon name={newest === 'set' ? 'check' : newest === 'refused' ? 'caution' : 'clock'} />
        {WORDS[newest]}
      </p>
      {newest !== 'refused' && (
        <>
          <h2 id="kept-title" className="mt-6 text-lead">
            Recovery codes
          </h2>
          <p className="mt-1 text-muted">
            Each stands in for a code once, should you lose the app. They are shown now and never again: print them, or
            keep them where you keep your keys.
          </p>
          <ul className="mt-3 grid gap-1 rounded-card bg-sunken p-4 font-mono sm:grid-cols-2">
            {codes.map((code) => (
              <li key={code} className="select-all">
                {code}
              </li>
            ))}
          </ul>
        </>
      )}
      <p className="mt-5">
        <Link href="/money" className="button button-plain">
          To your money
        </Link>
      </p>
    </section>
  )
}
