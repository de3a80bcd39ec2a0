'use client'
/** The desk over the list: a name for a new key, and the key itself until it is kept elsewhere. */
import { useState, useTransition } from 'react'
import type { ShownKey } from '#app/_server/reads/keys.ts'
import { CopyButton } from '#app/_ui/copy-button.tsx'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { createKey, endKey, type KeyAnswer, rollKey } from './actions.ts'
import { KeyTable } from './key-table.tsx'

export function KeyDesk({ keys }: { keys: readonly ShownKey[] }) {
  const [name, setName] = useState('')
  const [answer, setAnswer] = useState<KeyAnswer | null>(null)
  const [isRunning, run] = useTransition()
  const act = (ask: () => Promise<KeyAnswer>) =>
    run(async () => {
      const told = await ask().catch(() => UNANSWERED)
      setAnswer(told)
      if (told.kind === 'made') setName('')
    })
  const fault = answer?.kind === 'refused' ? (answer.field ?? undefined) : undefined
  return (
    <>
      {answer?.kind === 'made' ? (
        <MadeKey name={answer.name} text={answer.key} onKept={() => setAnswer(null)} />
      ) : (
        <form
          noValidate
          className="mt-6 max-w-[560px]"
          onSubmit={(event) => {
            event.preventDefault()
            act(() => createKey(name))
          }}
        >
          <label htmlFor="key-name" className="block text-table font-medium">
            Name
          </label>
          <div className="mt-1.5 flex flex-wrap gap-3">
            <input
              id="key-name"
              value={name}
              aria-invalid={fault !== undefined}
              aria-describedby="key-name-note key-name-fault"
              onChange={(event) => setName(event.target.value)}
              className="field min-w-0 flex-1"
            />
            <button type="submit" disabled={isRunning} className="button button-primary">
              New key
            </button>
          </div>
          <FieldFault id="key-name-fault" text={fault} />
          <p id="key-name-note" className="mt-1 text-table text-muted">
            After the server that will have it.
          </p>
        </form>
      )}
      <p role="status" className="mt-3 min-h-6 text-table text-muted">
        {answer?.kind === 'refused' && answer.message}
        {answer?.kind === 'ended' && 'Revoked. Whoever shows it is refused from now on.'}
      </p>
      <KeyTable
        keys={keys}
        isRunning={isRunning}
        onRoll={(id) => act(() => rollKey(id))}
        onEnd={(id) => act(() => endKey(id))}
      />
    </>
  )
}

function MadeKey({ name, text, onKept }: { name: string; text: string; onKept: () => void }) {
  return (
    <section
      aria-labelledby="made-key"
      className="mt-6 max-w-[760px] rounded-card border border-hairline bg-surface p-4"
    >
      <h2 id="made-key" className="text-h3">
        <bdi>{name}</bdi>: copy this key now
      </h2>
      <p className="mt-1 text-table text-muted">It is shown once. We keep only what recognises it.</p>
      <p className="mt-3 font-mono text-table break-all" data-testid="made-key">
        {text}
      </p>
      <div className="mt-4 flex flex-wrap items-center gap-4">
        <CopyButton text={text} label="Copy the key" word="Copy" />
        <button type="button" onClick={onKept} className="button button-plain">
          I have kept it
        </button>
      </div>
    </section>
  )
}

const UNANSWERED: KeyAnswer = {
  kind: 'refused',
  field: null,
  message: 'The server does not answer. Look at the list before you try again.',
}
