'use client'
/** Where a file is dropped or chosen, and how far it came. */
import { type DragEvent, useId, useState } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import { formatBytes } from '#lib/reader/format.ts'
import type { UploadActs, UploadState } from './use-upload.ts'

interface UploadFieldProps {
  readonly label: string
  readonly upload: UploadActs
  /** `5 GB`. */
  readonly most: string
}

export function UploadField({ label, upload, most }: UploadFieldProps) {
  const { state } = upload
  const isFree = state.kind === 'none' || state.kind === 'refused'
  return (
    <div>
      {isFree ? (
        <DropZone label={label} most={most} onFile={upload.choose} fault={faultOf(state)} />
      ) : (
        <Progress label={label} {...upload} state={state} />
      )}
    </div>
  )
}

function faultOf(state: UploadState): string | null {
  return state.kind === 'refused' ? `${state.file.name}: ${state.text}` : null
}

interface DropZoneProps {
  readonly label: string
  readonly most: string
  readonly fault: string | null
  readonly onFile: (file: File) => void
}

function DropZone({ label, most, fault, onFile }: DropZoneProps) {
  const id = useId()
  const [isOver, setOver] = useState(false)
  const take = (file: File | undefined) => {
    if (file !== undefined) onFile(file)
  }
  const onDrop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    take(event.dataTransfer.files[0])
  }
  return (
    <>
      <section
        aria-label={label}
        className={`rounded-card border border-dashed px-4 py-6 ${isOver ? 'border-accent bg-accent-soft' : 'border-control bg-surface'}`}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <label htmlFor={id} className="flex items-center gap-2 font-medium">
          <Icon name="document" />
          {label}
        </label>
        <p id={`${id}-hint`} className="mt-1 text-table text-muted">
          Drop it here or choose it. At most {most}; an upload that breaks goes on where it stopped.
        </p>
        <input
          id={id}
          type="file"
          aria-invalid={fault !== null}
          aria-describedby={`${id}-hint ${id}-fault`}
          onChange={(event) => take(event.target.files?.[0])}
          className="field mt-3 min-w-0 py-1.5 text-table file:mr-3 file:border-0 file:border-r file:border-hairline file:bg-transparent file:pr-3 file:font-medium"
        />
      </section>
      <FieldFault id={`${id}-fault`} text={fault} />
    </>
  )
}

type OnItsWay = Exclude<UploadState, { kind: 'none' | 'refused' }>

function Progress({
  label,
  state,
  pause,
  resume,
  drop,
}: Omit<UploadActs, 'state'> & { label: string; state: OnItsWay }) {
  const { file } = state
  const sent = 'sent' in state ? state.sent : file.size
  return (
    <section aria-label={label} className="rounded-card border border-hairline bg-surface px-4 py-4">
      <p className="flex items-center gap-2 font-medium">
        <Icon name={state.kind === 'done' ? 'check' : 'document'} />
        <bdi className="min-w-0 truncate">{file.name}</bdi>
      </p>
      <progress
        value={sent}
        max={Math.max(1, file.size)}
        aria-label={`Upload of ${file.name}`}
        className="mt-3 block h-1.5 w-full appearance-none overflow-hidden rounded-full [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent"
      />
      <p className="mt-2 flex flex-wrap justify-between gap-x-4 text-table text-muted">
        <span role="status">{wordsOf(state)}</span>
        <span>
          {formatBytes(sent)} of {formatBytes(file.size)}
        </span>
      </p>
      {state.kind === 'done' && (
        <p className="mt-1 text-label [overflow-wrap:anywhere] text-faint">SHA-256 {state.sha256}</p>
      )}
      <p className="mt-3 flex flex-wrap gap-3">
        {state.kind === 'sending' && (
          <button type="button" onClick={pause} className="button button-plain button-small">
            <Icon name="pause" />
            Pause
          </button>
        )}
        {(state.kind === 'paused' || state.kind === 'away') && (
          <button type="button" onClick={resume} className="button button-plain button-small">
            <Icon name="play" />
            Go on
          </button>
        )}
        {state.kind !== 'checking' && (
          <button type="button" onClick={drop} className="button button-plain button-small">
            {state.kind === 'done' ? 'Choose another' : 'Give up'}
          </button>
        )}
      </p>
    </section>
  )
}

function wordsOf(state: OnItsWay): string {
  switch (state.kind) {
    case 'sending':
      return state.perSecond > 0 ? `Sending, ${formatBytes(state.perSecond)} a second` : 'Sending'
    case 'paused':
      return 'Paused. What came is kept for a day.'
    case 'away':
      return 'The server does not answer. What came is kept; go on in a moment.'
    case 'checking':
      return 'All of it was sent. Comparing the checksum.'
    case 'done':
      return 'All of it is here, and the checksum is right.'
  }
}
