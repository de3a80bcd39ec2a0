'use client'
/** The server of an API: address and patience on the left, secrets that can only be written on the right. */
import { type FormEvent, useState, useTransition } from 'react'
import { SecretOnce } from '#app/_ui/api/secret-once.tsx'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import { TextField } from '#app/_ui/text-field.tsx'
import { type RotateAnswer, rotate, type ServerAnswer, saveHeader, saveServer } from './actions.ts'

interface ServerFormProps {
  readonly api: {
    readonly id: string
    readonly url: string
    readonly timeoutMs: number
    readonly headerNames: readonly string[]
  }
}

export function ServerForm({ api }: ServerFormProps) {
  return (
    <div className="mx-auto grid max-w-[1280px] grid-cols-[minmax(0,1fr)] gap-x-12 gap-y-10 px-4 pt-8 pb-10 md:px-8 lg:grid-cols-2">
      <div className="space-y-10">
        <Address api={api} />
        <Signing id={api.id} />
      </div>
      <Headers api={api} />
    </div>
  )
}

const SERVER_SILENT = {
  kind: 'refused',
  fields: { '': 'The server does not answer. Nothing was changed; try again.' },
} as const

/** One act at a time, and what it came to. */
function useAct() {
  const [answer, setAnswer] = useState<ServerAnswer | null>(null)
  const [isRunning, start] = useTransition()
  return {
    isRunning,
    faults: answer?.kind === 'refused' ? answer.fields : {},
    done: answer?.kind === 'done' ? answer.text : null,
    run: (act: () => Promise<ServerAnswer>, onDone: () => void = () => undefined) =>
      start(async () => {
        const came = await act().catch(() => SERVER_SILENT)
        setAnswer(came)
        if (came.kind === 'done') onDone()
      }),
  }
}

function Done({ text }: { text: string | null }) {
  return (
    <p role="status" className="mt-2 text-table text-paid empty:hidden">
      {text}
    </p>
  )
}

function Address({ api }: ServerFormProps) {
  const [fields, setFields] = useState({ url: api.url, seconds: String(api.timeoutMs / 1_000) })
  const { isRunning, faults, done, run } = useAct()
  const isChanged = fields.url !== api.url || fields.seconds !== String(api.timeoutMs / 1_000)
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    const timeoutMs = /^\d{1,4}$/.test(fields.seconds) ? Number(fields.seconds) * 1_000 : 0
    run(() => saveServer(api.id, { url: fields.url, timeoutMs }))
  }
  return (
    <form aria-labelledby="server-title" className="space-y-4" onSubmit={onSubmit} noValidate>
      <h2 id="server-title" className="text-lead">
        Your server
      </h2>
      <TextField
        label="Address"
        value={fields.url}
        inputMode="url"
        fault={faults.url}
        hint="Public addresses only. Test request tells whether it answers."
        onChange={(url) => setFields((now) => ({ ...now, url }))}
        isCode
      />
      <TextField
        label="Longest silence, in seconds"
        value={fields.seconds}
        inputMode="numeric"
        fault={faults.timeoutMs}
        hint="Until its answer begins, and between two pieces of it. After that the request fails and no use is counted."
        onChange={(seconds) => setFields((now) => ({ ...now, seconds }))}
      />
      <button type="submit" disabled={!isChanged || isRunning} className="button button-primary">
        Save
      </button>
      <Done text={isChanged ? null : done} />
      <FieldFault id="server-fault" text={faults['']} />
    </form>
  )
}

function Headers({ api }: ServerFormProps) {
  return (
    <section aria-labelledby="headers-title">
      <h2 id="headers-title" className="text-lead">
        Secret header fields
      </h2>
      <p className="mt-1 text-table text-muted">
        Every request to your server carries them: a key that it wants, for instance. Values are sealed when you save
        them: no page shows them again, and only the gateway opens them, to send them.
      </p>
      <ul className="mt-3 border-t border-hairline">
        {api.headerNames.map((name) => (
          <HeaderRow key={name} id={api.id} name={name} />
        ))}
      </ul>
      {api.headerNames.length === 0 && (
        <p className="border-b border-hairline py-3 text-table text-muted">
          None yet: your server is asked without a key.
        </p>
      )}
      <NewHeader id={api.id} />
    </section>
  )
}

function HeaderRow({ id, name }: { id: string; name: string }) {
  const [value, setValue] = useState<string | null>(null)
  const { isRunning, faults, done, run } = useAct()
  return (
    <li className="border-b border-hairline py-2 text-table">
      <div className="flex min-h-8 items-center gap-3">
        <Icon name="key" className="text-muted" />
        <code className="min-w-0 flex-1 font-mono [overflow-wrap:anywhere]">
          {name} <span className="text-muted">sealed</span>
        </code>
        <button type="button" onClick={() => setValue(value === null ? '' : null)} className="link min-h-6">
          {value === null ? 'Replace' : 'Keep'}
          <span className="sr-only"> {name}</span>
        </button>
        <button
          type="button"
          disabled={isRunning}
          onClick={() => run(() => saveHeader(id, name, null))}
          className="link min-h-6"
        >
          Take away<span className="sr-only"> {name}</span>
        </button>
      </div>
      {value !== null && (
        <form
          className="mt-2 flex flex-wrap items-start gap-3"
          onSubmit={(event) => {
            event.preventDefault()
            run(
              () => saveHeader(id, name, value),
              () => setValue(null),
            )
          }}
        >
          <div className="min-w-48 flex-1">
            <TextField
              label={`New value of ${name}`}
              type="password"
              value={value}
              fault={faults[`headers.${name}`] ?? faults['']}
              onChange={setValue}
              isCode
            />
          </div>
          <button type="submit" disabled={isRunning} className="button button-plain mt-6">
            Replace
          </button>
        </form>
      )}
      <Done text={value === null ? done : null} />
      {value === null && <FieldFault id={`${name}-fault`} text={Object.values(faults)[0]} />}
    </li>
  )
}

function NewHeader({ id }: { id: string }) {
  const [fields, setFields] = useState({ name: '', value: '' })
  const { isRunning, faults, done, run } = useAct()
  const name = fields.name.trim().toLowerCase()
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    run(
      () => saveHeader(id, name, fields.value),
      () => setFields({ name: '', value: '' }),
    )
  }
  return (
    <form aria-label="New field" className="mt-5 grid gap-4 sm:grid-cols-2" onSubmit={onSubmit} noValidate>
      <TextField
        label="Name of the field"
        value={fields.name}
        placeholder="authorization"
        fault={Object.entries(faults).find(([field]) => field !== '')?.[1]}
        onChange={(text) => setFields((now) => ({ ...now, name: text }))}
        isCode
      />
      <TextField
        label="Value"
        type="password"
        value={fields.value}
        placeholder="Bearer …"
        onChange={(value) => setFields((now) => ({ ...now, value }))}
        isCode
      />
      <div className="sm:col-span-2">
        <button
          type="submit"
          disabled={isRunning || name === '' || fields.value === ''}
          className="button button-plain"
        >
          Add the field
        </button>
        <Done text={fields.name === '' ? done : null} />
        <FieldFault id="new-header-fault" text={faults['']} />
      </div>
    </form>
  )
}

function Signing({ id }: { id: string }) {
  const [answer, setAnswer] = useState<RotateAnswer | null>(null)
  const [isAsking, setAsking] = useState(false)
  const [isRunning, start] = useTransition()
  const replace = () =>
    start(async () => {
      setAnswer(await rotate(id).catch(() => SERVER_SILENT))
      setAsking(false)
    })
  return (
    <section aria-labelledby="signing-title">
      <h2 id="signing-title" className="text-lead">
        Signature
      </h2>
      <p className="mt-1 mb-3 text-table text-muted">
        <code className="font-mono">X-L402-Signature</code> tells your server that a request came through here: a time
        and an HMAC-SHA256, made with the signing secret, of time, method, path and what was paid for.
      </p>
      {answer?.kind === 'rotated' ? (
        <SecretOnce secret={answer.signingSecret} />
      ) : (
        <div className="flex flex-wrap items-center gap-3">
          {isAsking ? (
            <>
              <p className="w-full text-table font-medium">
                Within 2 s every signature is made with the new secret; your server refuses them until it knows it.
              </p>
              <button type="button" disabled={isRunning} onClick={replace} className="button button-danger">
                Replace now
              </button>
              <button type="button" onClick={() => setAsking(false)} className="button button-plain">
                Keep it
              </button>
            </>
          ) : (
            <button type="button" onClick={() => setAsking(true)} className="button button-plain">
              Replace the signing secret
            </button>
          )}
        </div>
      )}
      <FieldFault id="signing-fault" text={answer?.kind === 'refused' ? answer.fields[''] : null} />
    </section>
  )
}
