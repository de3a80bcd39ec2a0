'use client'
/** Brings the operations of an OpenAPI document in as rules; what was not taken over is said before they are used. */
import { type ChangeEvent, useId, useState } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { TextField } from '#app/_ui/text-field.tsx'
import { parsePrice } from '#lib/paywall/offers/price.ts'
import type { ReadOpenApi } from '#lib/paywall/resources/api/read-openapi.ts'
import { MAX_DOCUMENT_BYTES, parseDocument } from './parse-document.ts'
import { newDraft, type RuleDraft } from './rule-draft.ts'

interface ImportPanelProps {
  /** Rules that are there already. */
  readonly count: number
  readonly onUse: (drafts: readonly RuleDraft[], how: 'instead' | 'behind') => void
  readonly onClose: () => void
}

export function ImportPanel({ count, onUse, onClose }: ImportPanelProps) {
  const id = useId()
  const [text, setText] = useState('')
  const [read, setRead] = useState<ReadOpenApi | null>(null)
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0]
    if (file === undefined) return
    // A file that is too large is not even read.
    const chosen = file.size > MAX_DOCUMENT_BYTES ? 'x'.repeat(MAX_DOCUMENT_BYTES + 1) : await file.text()
    setText(chosen.length > MAX_DOCUMENT_BYTES ? '' : chosen)
    setRead(parseDocument(chosen))
  }
  return (
    <section aria-labelledby={`${id}title`} className="mt-4 rounded-card border border-hairline bg-surface p-4">
      <h3 id={`${id}title`} className="font-semibold">
        Import an OpenAPI document
      </h3>
      <p className="mt-1 text-table text-muted">
        3.0 or 3.1, JSON or YAML, at most 2 MB. It is read here in the browser; only the rules that you save are sent.
      </p>
      <div className="mt-3 grid gap-4 md:grid-cols-2">
        <div>
          <label htmlFor={`${id}file`} className="block text-table font-medium">
            File
          </label>
          <input
            id={`${id}file`}
            type="file"
            accept=".json,.yaml,.yml,application/json,application/yaml"
            onChange={(event) => void choose(event)}
            className="field mt-1 min-w-0 py-1.5 text-table file:mr-3 file:border-0 file:border-r file:border-hairline file:bg-transparent file:pr-3 file:font-medium"
          />
        </div>
        <div>
          <label htmlFor={`${id}text`} className="block text-table font-medium">
            Or its text
          </label>
          <textarea
            id={`${id}text`}
            rows={4}
            value={text}
            spellCheck={false}
            onChange={(event) => {
              setText(event.target.value)
              setRead(null)
            }}
            aria-invalid={read?.kind === 'refused'}
            aria-describedby={`${id}fault`}
            className="field mt-1 font-mono text-label"
          />
        </div>
      </div>
      <FieldFault id={`${id}fault`} text={read?.kind === 'refused' ? read.message : null} />
      {read?.kind === 'read' ? (
        <Proposal read={read} count={count} onUse={onUse} onClose={onClose} />
      ) : (
        <div className="mt-4 flex flex-wrap gap-3">
          <button type="button" onClick={() => setRead(parseDocument(text))} className="button button-primary">
            Read it
          </button>
          <button type="button" onClick={onClose} className="button button-plain">
            Close
          </button>
        </div>
      )}
    </section>
  )
}

interface ProposalProps extends ImportPanelProps {
  readonly read: Extract<ReadOpenApi, { kind: 'read' }>
}

function Proposal({ read, count, onUse, onClose }: ProposalProps) {
  const [price, setPrice] = useState('10')
  const parsed = price === '' ? null : parsePrice(price)
  const fault = parsed?.kind === 'invalid' ? parsed.message : undefined
  const { rules, notes, title, server } = read
  const use = (how: 'instead' | 'behind') =>
    onUse(
      rules.map(({ method, path, name }, n) => ({
        ...newDraft(`imported-${Date.now()}-${n}`, path),
        ...{ name, methods: method, isFree: price === '', price: price === '' ? '10' : price },
      })),
      how,
    )
  return (
    <div className="mt-4" role="status">
      <p className="font-medium">
        {rules.length === 1 ? '1 rule' : `${rules.length} rules`}
        {title !== '' && (
          <>
            {' '}
            from <bdi>{title}</bdi>
          </>
        )}
        , the most specific first.
      </p>
      {server !== null && (
        <p className="mt-1 text-table text-muted [overflow-wrap:anywhere]">
          Its server is {server}; compare it with Server.
        </p>
      )}
      {notes.length > 0 && (
        <ul className="mt-2 max-h-56 list-disc space-y-1 overflow-auto pl-5 text-table text-muted [overflow-wrap:anywhere]">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <div className="mt-3 max-w-60">
        <TextField
          label="Price of each, in sats"
          value={price}
          placeholder="free"
          inputMode="numeric"
          fault={fault}
          hint="Empty: free. Change single ones afterwards."
          onChange={setPrice}
        />
      </div>
      <div className="mt-4 flex flex-wrap gap-3">
        <button
          type="button"
          disabled={fault !== undefined}
          onClick={() => use(count === 0 ? 'instead' : 'behind')}
          className="button button-primary"
        >
          {count === 0 ? 'Use these rules' : 'Put them behind the others'}
        </button>
        {count > 0 && (
          <button
            type="button"
            disabled={fault !== undefined}
            onClick={() => use('instead')}
            className="button button-plain"
          >
            Use them instead
          </button>
        )}
        <button type="button" onClick={onClose} className="button button-plain">
          Close
        </button>
      </div>
    </div>
  )
}
