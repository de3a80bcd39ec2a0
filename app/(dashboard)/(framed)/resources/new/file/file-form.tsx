'use client'
/** What a file for sale needs, beside the card that readers will see. */
import { type FormEvent, useState, useTransition } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { ReaderCard } from '#app/_ui/reader-card.tsx'
import { UploadField } from '#app/_ui/upload/upload-field.tsx'
import { type UploadState, useUpload } from '#app/_ui/upload/use-upload.ts'
import { parsePrice } from '#lib/paywall/offers/price.ts'
import { titleOfFile } from '#lib/paywall/resources/file/title-of-file.ts'
import { formatBytes } from '#lib/reader/format.ts'
import { type ListingFaults, sellFile } from './actions.ts'

interface FileFormProps {
  readonly host: string
  readonly creatorName: string
  readonly most: string
}

const FIRST_PRICE = '100'
const SERVER_SILENT: ListingFaults = { '': 'The server does not answer. Nothing was put on sale; press again.' }

export function FileForm({ host, creatorName, most }: FileFormProps) {
  const upload = useUpload()
  const { fields, faults, isSending, change, sell } = useListing(upload.state)
  const price = parsePrice(fields.price)
  const sats = price.kind === 'price' ? Number(price.amountMsat / 1000n) : null
  const title = fields.title || suggestedTitle(upload.state)
  return (
    <form
      className="mt-6 grid gap-x-12 gap-y-8 border-t border-hairline pt-6 lg:grid-cols-2"
      onSubmit={sell}
      noValidate
    >
      <div className="min-w-0 space-y-5">
        <UploadField label="File" upload={upload} most={most} />
        <FieldFault id="file-fault" text={faults.file} />
        <TextField name="title" label="Title" value={title} fault={faults.title} onChange={change} />
        <TextField
          name="lead"
          label="What it is, in a sentence (may be empty)"
          value={fields.lead}
          fault={faults.lead}
          onChange={change}
        />
        <TextField
          name="price"
          label="Price in sats"
          value={fields.price}
          fault={faults.price ?? (price.kind === 'invalid' ? price.message : undefined)}
          onChange={change}
          inputMode="numeric"
        />
        <SellRow state={upload.state} sats={sats} isSending={isSending} fault={faults[''] ?? faults.slug} />
      </div>
      <section aria-labelledby="readers-title" className="min-w-0">
        <h2 id="readers-title" className="text-lead">
          Readers see
        </h2>
        <div className="mt-2">
          <ReaderCard
            title={title || 'Your file'}
            creator={creatorName}
            heading="Get the file"
            line={sizeOf(upload.state)}
            noun="file"
            sats={sats}
          />
        </div>
        <p className="mt-2 text-table text-muted">On {host}. Programs download it from the same address.</p>
      </section>
    </form>
  )
}

function useListing(state: UploadState) {
  const [fields, setFields] = useState({ title: '', lead: '', price: FIRST_PRICE })
  const [faults, setFaults] = useState<ListingFaults>({})
  const [isSending, startSending] = useTransition()
  return {
    fields,
    faults,
    isSending,
    change: (name: string, value: string) => {
      setFields((now) => ({ ...now, [name]: value }))
      setFaults(({ [name]: _, ...rest }) => rest)
    },
    sell: (event: FormEvent) => {
      event.preventDefault()
      if (state.kind !== 'done' || isSending) return
      const { uploadId } = state
      const title = fields.title || suggestedTitle(state)
      startSending(async () => setFaults((await sellFile({ ...fields, title, uploadId }).catch(passRedirect)) ?? {}))
    },
  }
}

/** Next leads to another page by throwing; anything else that is thrown means that nobody answered. */
function passRedirect(cause: unknown): ListingFaults {
  if (cause instanceof Error && 'digest' in cause && String(cause.digest).startsWith('NEXT_REDIRECT')) throw cause
  return SERVER_SILENT
}

function suggestedTitle(state: UploadState): string {
  return state.kind === 'none' ? '' : titleOfFile(state.file.name)
}

function sizeOf(state: UploadState): string {
  return state.kind === 'none' ? 'Its kind and size' : formatBytes(state.file.size)
}

interface TextFieldProps {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly fault: string | undefined
  readonly inputMode?: 'numeric'
  readonly onChange: (name: string, value: string) => void
}

function TextField({ name, label, value, fault, inputMode, onChange }: TextFieldProps) {
  return (
    <div>
      <label htmlFor={name} className="block font-medium">
        {label}
      </label>
      <input
        id={name}
        name={name}
        value={value}
        inputMode={inputMode}
        autoComplete="off"
        dir="auto"
        aria-invalid={fault !== undefined}
        aria-describedby={fault === undefined ? undefined : `${name}-fault`}
        onChange={(event) => onChange(name, event.target.value)}
        className="field mt-1"
      />
      <FieldFault id={`${name}-fault`} text={fault} />
    </div>
  )
}

function SellRow({
  state,
  sats,
  isSending,
  fault,
}: {
  state: UploadState
  sats: number | null
  isSending: boolean
  fault: string | undefined
}) {
  const isReady = state.kind === 'done' && sats !== null
  return (
    <div className="border-t border-hairline pt-4">
      <button type="submit" disabled={!isReady || isSending} className="button button-primary">
        {sats === null ? 'Put on sale' : `Put on sale for ${sats.toLocaleString('en-US')} sats`}
      </button>
      <p className="mt-2 text-table text-muted">
        {state.kind === 'done'
          ? 'It can be bought at once; you can pause it at any time.'
          : 'Possible when all of the file is here.'}
      </p>
      <FieldFault id="sell-fault" text={fault} />
    </div>
  )
}
