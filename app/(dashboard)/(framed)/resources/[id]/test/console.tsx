'use client'
/** One request, three kinds of askers, four messages. */
import { type FormEvent, useId, useState } from 'react'
import type { Example } from '#app/_ui/api/example-path.ts'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { Icon, type IconName } from '#app/_ui/icon.tsx'
import { TextField } from '#app/_ui/text-field.tsx'
import type { TestMessage, TestRequest, TestResult, TestRole } from '#lib/paywall/resources/api/test-request.ts'
import { useTest } from './use-test.ts'

const ROLES: readonly (readonly [TestRole, string, string])[] = [
  ['stranger', 'A stranger', 'nothing was paid'],
  ['payer', 'A payer', 'with a token for a minute, made for this test'],
  ['expired', 'An expired payer', 'with a token whose time is over'],
]
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

interface ConsoleProps {
  readonly id: string
  readonly slug: string
  readonly examples: readonly Example[]
}

export function Console({ id, slug, examples }: ConsoleProps) {
  const [first] = examples
  const [request, setRequest] = useState<TestRequest>({
    method: first?.method ?? 'GET',
    path: first?.path ?? '/',
    role: 'payer',
  })
  const { trying, send } = useTest(id)
  const faults = trying.kind === 'refused' ? trying.fields : {}
  const isWaiting = trying.kind === 'waiting'
  const change = (part: Partial<TestRequest>) => setRequest((now) => ({ ...now, ...part }))
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (!isWaiting) void send(request)
  }
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <form className="max-w-3xl space-y-5" onSubmit={onSubmit} noValidate aria-label="Test request">
        <Asked {...{ request, faults, slug, change }} />
        <Role role={request.role} onChange={(role) => change({ role })} />
        <div className="flex flex-wrap items-center gap-4">
          <button type="submit" disabled={isWaiting} className="button button-primary">
            Send
          </button>
          <p className="text-table text-muted">
            Counts as no sale and no use; a stranger gets an invoice that nobody has to pay.
          </p>
        </div>
        <FieldFault id="test-fault" text={faults['']} />
      </form>
      <div aria-live="polite">
        {isWaiting && (
          <p role="status" className="mt-8 flex items-center gap-2 text-waiting">
            <Icon name="clock" />
            Waiting for your server
          </p>
        )}
        {trying.kind === 'done' && <Result {...trying.result} />}
      </div>
    </div>
  )
}

interface AskedProps {
  readonly request: TestRequest
  readonly faults: Readonly<Record<string, string>>
  readonly slug: string
  readonly change: (part: Partial<TestRequest>) => void
}

function Asked({ request, faults, slug, change }: AskedProps) {
  const id = useId()
  return (
    <div className="flex flex-wrap items-start gap-3">
      <div className="w-28">
        <label htmlFor={id} className="block text-table font-medium">
          Method
        </label>
        <select
          id={id}
          value={request.method}
          onChange={(event) => change({ method: event.target.value })}
          className="field mt-1 font-mono text-table"
        >
          {METHODS.map((method) => (
            <option key={method}>{method}</option>
          ))}
        </select>
        <FieldFault id={`${id}fault`} text={faults.method} />
      </div>
      <div className="min-w-60 flex-1">
        <TextField
          label="Path"
          value={request.path}
          fault={faults.path}
          hint={`Below /${slug}, with its query.`}
          onChange={(path) => change({ path })}
          isCode
        />
      </div>
    </div>
  )
}

function Role({ role, onChange }: { role: TestRole; onChange: (role: TestRole) => void }) {
  return (
    <fieldset>
      <legend className="text-table font-medium">Sent by</legend>
      <div className="mt-1 flex flex-col">
        {ROLES.map(([name, word, meaning]) => (
          <label key={name} className="flex min-h-8 items-center gap-2 text-table">
            <input
              type="radio"
              name="role"
              checked={role === name}
              onChange={() => onChange(name)}
              className="size-4 accent-accent"
            />
            <span>
              {word}
              <span className="text-muted">, {meaning}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

const VERDICTS: Readonly<Record<TestResult['verdict'], { icon: IconName; look: string }>> = {
  passed: { icon: 'check', look: 'bg-paid-soft text-paid' },
  refused: { icon: 'pause', look: 'bg-waiting-soft text-waiting' },
  failed: { icon: 'caution', look: 'bg-error-soft text-error' },
}

function Result({ verdict, text, messages }: TestResult) {
  const { icon, look } = VERDICTS[verdict]
  return (
    <section aria-label="What came of it" className="mt-8">
      <p className={`flex gap-2 rounded-card px-4 py-3 text-table font-medium ${look}`}>
        <Icon name={icon} />
        {text}
      </p>
      <ol className="mt-6 grid grid-cols-[minmax(0,1fr)] gap-x-6 gap-y-6 lg:grid-cols-2">
        {STEPS.map(([of, title, missing]) => (
          <Step key={of} title={title} missing={missing} message={messages.find((one) => one.of === of)} />
        ))}
      </ol>
    </section>
  )
}

const STEPS: readonly (readonly [TestMessage['of'], string, string])[] = [
  ['in', 'In: the client asks', 'Not sent.'],
  ['upstream', 'To your server', 'Your server was not asked.'],
  ['back', 'Back from your server', 'Nothing came from your server.'],
  ['out', 'Out: the client is answered', 'Not answered.'],
]

interface StepProps {
  readonly title: string
  readonly missing: string
  readonly message: TestMessage | undefined
}

function Step({ title, missing, message }: StepProps) {
  return (
    <li className="min-w-0">
      <div className="flex items-baseline justify-between gap-3">
        <h2 className="text-interface font-semibold">{title}</h2>
        {message !== undefined && <span className="text-table text-muted">{message.atMs.toFixed(1)} ms</span>}
      </div>
      {message === undefined ? (
        <p className="mt-2 rounded-card border border-dashed border-hairline px-4 py-3 text-table text-muted">
          {missing}
        </p>
      ) : (
        // A region, since it scrolls: a keyboard reaches it.
        <section
          aria-label={title}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
          tabIndex={0}
          className="mt-2 max-h-96 overflow-auto rounded-card border border-hairline bg-sunken px-4 py-3"
        >
          <pre className="font-mono text-label [overflow-wrap:anywhere] whitespace-pre-wrap text-muted">
            <strong className="font-semibold text-text">{message.head.split('\n')[0]}</strong>
            {message.head.includes('\n') && `\n${message.head.split('\n').slice(1).join('\n')}`}
            {message.body !== '' && `\n\n${message.body}`}
          </pre>
        </section>
      )}
    </li>
  )
}
