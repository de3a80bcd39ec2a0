'use client'
/** Name, address and server of a new API; what cannot be taken is said at its field. */
import Link from 'next/link'
import { type FormEvent, useState, useTransition } from 'react'
import { SecretOnce } from '#app/_ui/api/secret-once.tsx'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { TextField } from '#app/_ui/text-field.tsx'
import { slugOf } from '#lib/paywall/resources/resource.ts'
import { type MadeApi, makeApi, type NewApi } from './actions.ts'

const SERVER_SILENT: MadeApi = {
  kind: 'refused',
  fields: { '': 'The server does not answer. Look in the list before you press again.' },
}

export function ApiForm({ host }: { host: string }) {
  const [fields, setFields] = useState<NewApi>({ title: '', slug: '', url: '', protocol: 'http' })
  const [answer, setAnswer] = useState<MadeApi | null>(null)
  const [isSending, startSending] = useTransition()
  if (answer?.kind === 'made') return <Made {...answer} />
  const faults = answer?.kind === 'refused' ? answer.fields : {}
  const change = (name: 'title' | 'slug' | 'url') => (value: string) => {
    setFields((now) => ({ ...now, [name]: value }))
    setAnswer((now) =>
      now?.kind === 'refused'
        ? { ...now, fields: Object.fromEntries(Object.entries(now.fields).filter(([field]) => field !== name)) }
        : now,
    )
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    startSending(async () => setAnswer(await makeApi(fields).catch(() => SERVER_SILENT)))
  }
  return (
    <form className="mt-6 max-w-2xl space-y-5 border-t border-hairline pt-6" onSubmit={submit} noValidate>
      <TextField label="Name" value={fields.title} fault={faults.title} onChange={change('title')} />
      <TextField
        label="Address"
        value={fields.slug}
        placeholder={fields.title === '' ? '' : slugOf(fields.title)}
        fault={faults.slug}
        hint={`${askedAt(fields, host)} It cannot be changed later.`}
        onChange={change('slug')}
        isCode
      />
      <TextField
        label="Your server"
        value={fields.url}
        placeholder="https://api.example.com/v1"
        inputMode="url"
        fault={faults.url}
        hint="What follows the address above is added to this one. Keys that it wants are set on the next pages."
        onChange={change('url')}
        isCode
      />
      <fieldset className="flex flex-wrap items-center gap-x-5 gap-y-1">
        <legend className="mb-1 text-table font-medium">It speaks</legend>
        {SPOKEN.map(([protocol, label]) => (
          <label key={protocol} className="flex min-h-6 items-center gap-2 text-table">
            <input
              type="radio"
              name="protocol"
              checked={fields.protocol === protocol}
              onChange={() => setFields((now) => ({ ...now, protocol }))}
              className="size-4 accent-accent"
            />
            {label}
          </label>
        ))}
      </fieldset>
      <div>
        <button type="submit" disabled={isSending} className="button button-primary">
          Make the API
        </button>
        <FieldFault id="api-fault" text={faults['']} />
      </div>
    </form>
  )
}

const SPOKEN = [
  ['http', 'HTTP'],
  ['grpc', 'gRPC'],
] as const

/** Clients of gRPC ask for a method by its own name, whatever the address is. */
function askedAt({ protocol, slug, title }: NewApi, host: string): string {
  return protocol === 'grpc'
    ? `Programs call your methods at ${host} by their own names, such as /shop.v1.Shop/Find.`
    : `Programs ask for ${host}/${slug || slugOf(title || 'your-api')}/…`
}

function Made({ resourceId, signingSecret }: Extract<MadeApi, { kind: 'made' }>) {
  return (
    <div className="mt-6 max-w-2xl space-y-5 border-t border-hairline pt-6">
      <p role="status" className="text-lead font-semibold">
        Made. Nothing is on sale before it has rules.
      </p>
      <SecretOnce secret={signingSecret} />
      <Link href={`/resources/${resourceId}`} className="button button-primary">
        Set the rules
      </Link>
    </div>
  )
}
