'use client'
/** Whom this creator keeps out of everything they sell, and the way back in. */
import { useState, useTransition } from 'react'
import type { ShownBlock } from '#app/_server/reads/access.ts'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { formatDay } from '#app/_ui/format.ts'
import { type AccessAnswer, block, unblock } from './actions.ts'

export function BlockList({ resourceId, blocks }: { resourceId: string; blocks: readonly ShownBlock[] }) {
  const [answer, setAnswer] = useState<AccessAnswer | null>(null)
  const [isRunning, start] = useTransition()
  const run = (act: () => Promise<AccessAnswer>, onDone: () => void) =>
    start(async () => {
      const said = await act().catch(() => UNANSWERED)
      setAnswer(said)
      if (said.kind === 'done') onDone()
    })
  return (
    <section aria-labelledby="blocked-title">
      <h2 id="blocked-title" className="text-lead">
        Blocked
      </h2>
      <p className="mt-1 text-table text-muted">
        Holds for everything you sell. Who is blocked gets 403 and no invoice, also after paying; open answers end.
      </p>
      <BlockForm
        faults={answer?.kind === 'refused' ? answer.fields : {}}
        isRunning={isRunning}
        onBlock={(subject, note, onDone) => run(() => block(resourceId, subject, note), onDone)}
      />
      <p role="status" className={`mt-2 min-h-6 text-table ${answer?.kind === 'done' ? 'text-paid' : 'text-muted'}`}>
        {answer?.text ?? ''}
      </p>
      {blocks.length === 0 ? (
        <p className="mt-2 border-t border-hairline pt-4 text-table text-muted">Nobody is blocked.</p>
      ) : (
        <ul className="mt-2 border-t border-hairline">
          {blocks.map((each) => (
            <Entry
              key={each.id}
              block={each}
              isRunning={isRunning}
              onUnblock={() =>
                run(
                  () => unblock(resourceId, each.id),
                  () => undefined,
                )
              }
            />
          ))}
        </ul>
      )}
    </section>
  )
}

const UNANSWERED: AccessAnswer = {
  kind: 'refused',
  fields: {},
  text: 'The server does not answer. Nothing changed; try again.',
}

interface BlockFormProps {
  readonly faults: Readonly<Record<string, string>>
  readonly isRunning: boolean
  readonly onBlock: (subject: string, note: string, onDone: () => void) => void
}

function BlockForm({ faults, isRunning, onBlock }: BlockFormProps) {
  const [subject, setSubject] = useState('')
  const [note, setNote] = useState('')
  return (
    <form
      noValidate
      className="mt-4 flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        onBlock(subject, note, () => {
          setSubject('')
          setNote('')
        })
      }}
    >
      <div>
        <label htmlFor="block-subject" className="block text-table font-medium">
          Network or token
        </label>
        <input
          id="block-subject"
          value={subject}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={faults.subject !== undefined}
          aria-describedby="block-subject-fault block-subject-note"
          onChange={(event) => setSubject(event.target.value)}
          className="field mt-1.5 font-mono"
        />
        <FieldFault id="block-subject-fault" text={faults.subject} />
        <p id="block-subject-note" className="mt-1 text-table text-muted">
          203.0.113.0/24, 2001:db8::/32, or a token as your server meets it in X-L402-Token; a whole credential can be
          pasted too, and only its mark is kept.
        </p>
      </div>
      <div>
        <label htmlFor="block-note" className="block text-table font-medium">
          Note to yourself
        </label>
        <input
          id="block-note"
          value={note}
          autoComplete="off"
          aria-invalid={faults.note !== undefined}
          aria-describedby="block-note-fault"
          onChange={(event) => setNote(event.target.value)}
          className="field mt-1.5"
        />
        <FieldFault id="block-note-fault" text={faults.note} />
      </div>
      <div>
        <button type="submit" disabled={isRunning} className="button button-plain">
          Block
        </button>
      </div>
    </form>
  )
}

interface EntryProps {
  readonly block: ShownBlock
  readonly isRunning: boolean
  readonly onUnblock: () => void
}

function Entry({ block: { kind, subject, note, at }, isRunning, onUnblock }: EntryProps) {
  return (
    <li className="flex items-start justify-between gap-4 border-b border-hairline py-3">
      <div className="min-w-0 text-table">
        <p className="font-mono text-label break-all">{subject}</p>
        <p className="text-muted">
          {kind === 'token' ? 'Token' : 'Network'}, since {formatDay(at)}
          {note !== '' && <span className="break-words">: {note}</span>}
        </p>
      </div>
      <button
        type="button"
        disabled={isRunning}
        aria-label={`Let in again: ${subject}`}
        onClick={onUnblock}
        className="button button-plain button-small shrink-0"
      >
        Let in again
      </button>
    </li>
  )
}
