'use client'
/** Content tab of a file: what is sold, what it says of itself, its versions. */
import { useState, useTransition } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { formatClock, formatDay, TIME_ZONE } from '#app/_ui/format.ts'
import { UploadField } from '#app/_ui/upload/upload-field.tsx'
import { useUpload } from '#app/_ui/upload/use-upload.ts'
import type { SoldFile } from '#lib/paywall/resources/file/file-store.ts'
import { formatBytes } from '#lib/reader/format.ts'
import { type FileAnswer, saveListing, sellVersion, tryRanges } from './file-actions.ts'

interface FileContentProps {
  readonly file: Pick<SoldFile, 'id' | 'title' | 'lead' | 'current' | 'versions'>
  /** Largest upload, as people read it. */
  readonly most: string
}

export function FileContent({ file, most }: FileContentProps) {
  return (
    <div className="mx-auto grid max-w-[1280px] grid-cols-[minmax(0,1fr)] gap-x-12 gap-y-10 px-4 pt-8 pb-10 md:px-8 lg:grid-cols-2">
      <div className="space-y-10">
        <Current file={file} />
        <Listing file={file} />
      </div>
      <div className="space-y-10">
        <Replacing file={file} most={most} />
        <Versions file={file} />
      </div>
    </div>
  )
}

type Part = Pick<FileContentProps, 'file'>

const SERVER_SILENT: FileAnswer = {
  kind: 'refused',
  fields: { '': 'The server does not answer. Nothing was changed; try again.' },
}

/** One act at a time, and what it came to. */
function useAct() {
  const [answer, setAnswer] = useState<FileAnswer | null>(null)
  const [isRunning, start] = useTransition()
  const run = (act: () => Promise<FileAnswer>, onDone: () => void = () => undefined) =>
    start(async () => {
      const came = await act().catch(() => SERVER_SILENT)
      setAnswer(came)
      if (came.kind === 'done') onDone()
    })
  const faults = answer?.kind === 'refused' ? answer.fields : {}
  return { isRunning, run, faults, done: answer?.kind === 'done' ? answer.text : null }
}

function Outcome({ id, done, fault }: { id: string; done: string | null; fault: string | undefined }) {
  return (
    <>
      <p role="status" className="mt-2 text-table text-paid empty:hidden">
        {done}
      </p>
      <FieldFault id={id} text={fault} />
    </>
  )
}

function Current({ file: { id, current } }: Part) {
  const { isRunning, run, faults, done } = useAct()
  const facts = [
    ['Name', current.name],
    ['Type', current.mediaType],
    ['Size', formatBytes(current.byteLength)],
    ['Version', String(current.version)],
    ['SHA-256', current.digest],
  ]
  return (
    <section aria-labelledby="current-title">
      <h2 id="current-title" className="text-lead">
        On sale
      </h2>
      <dl className="mt-2 border-t border-hairline">
        {facts.map(([name, value]) => (
          <div key={name} className="flex gap-4 border-b border-hairline py-2 text-table">
            <dt className="w-20 shrink-0 text-muted">{name}</dt>
            <dd className="min-w-0 [overflow-wrap:anywhere]">
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      <button
        type="button"
        disabled={isRunning}
        onClick={() => run(() => tryRanges(id))}
        className="button button-plain button-small mt-4"
      >
        Check ranges
      </button>
      <Outcome id="ranges-fault" done={done} fault={faults['']} />
    </section>
  )
}

function Listing({ file }: Part) {
  const [fields, setFields] = useState({ title: file.title, lead: file.lead })
  const { isRunning, run, faults, done } = useAct()
  const isChanged = fields.title !== file.title || fields.lead !== file.lead
  return (
    <form
      aria-labelledby="listing-title"
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        run(() => saveListing(file.id, fields))
      }}
    >
      <h2 id="listing-title" className="text-lead">
        What it says of itself
      </h2>
      {(['title', 'lead'] as const).map((name) => (
        <div key={name}>
          <label htmlFor={name} className="block font-medium">
            {name === 'title' ? 'Title' : 'What it is, in a sentence'}
          </label>
          <input
            id={name}
            value={fields[name]}
            dir="auto"
            autoComplete="off"
            aria-invalid={faults[name] !== undefined}
            aria-describedby={`${name}-fault`}
            onChange={(event) => setFields((now) => ({ ...now, [name]: event.target.value }))}
            className="field mt-1"
          />
          <FieldFault id={`${name}-fault`} text={faults[name]} />
        </div>
      ))}
      <button type="submit" disabled={!isChanged || isRunning} className="button button-plain">
        Save
      </button>
      <Outcome id="listing-fault" done={isChanged ? null : done} fault={faults['']} />
    </form>
  )
}

function Replacing({ file, most }: FileContentProps) {
  const upload = useUpload()
  const { isRunning, run, faults, done } = useAct()
  const { state } = upload
  const sell = (uploadId: string) => run(() => sellVersion(file.id, { uploadId }), upload.leaveDone)
  return (
    <section aria-labelledby="replace-title">
      <h2 id="replace-title" className="text-lead">
        Replace by a new version
      </h2>
      <p className="mt-1 mb-3 text-table text-muted">
        Address and receipts stay: who bought the file gets the new one.
      </p>
      <UploadField label="New version" upload={upload} most={most} />
      {state.kind === 'done' && (
        <button
          type="button"
          disabled={isRunning}
          onClick={() => sell(state.uploadId)}
          className="button button-primary mt-4"
        >
          Sell this version
        </button>
      )}
      <Outcome id="replace-fault" done={done} fault={faults[''] ?? faults.file} />
    </section>
  )
}

function Versions({ file }: Part) {
  const { isRunning, run, faults, done } = useAct()
  if (file.versions.length < 2) return null
  return (
    <section aria-labelledby="versions-title">
      <h2 id="versions-title" className="text-lead">
        Versions
      </h2>
      <ol className="mt-2 border-t border-hairline text-table">
        {file.versions.map(({ version, name, byteLength, publishedAt }) => (
          <li key={version} className="flex min-h-10 items-center justify-between gap-4 border-b border-hairline py-1">
            <span className="min-w-0">
              <span className="text-muted">
                {version}.{' '}
                <time dateTime={publishedAt.toISOString()}>
                  {formatDay(publishedAt)}, {formatClock(publishedAt)} {TIME_ZONE}
                </time>
              </span>{' '}
              <bdi className="[overflow-wrap:anywhere]">{name}</bdi>, {formatBytes(byteLength)}
            </span>
            {version === file.current.version ? (
              <span className="shrink-0 text-muted">on sale</span>
            ) : (
              <button
                type="button"
                disabled={isRunning}
                onClick={() => run(() => sellVersion(file.id, { version }))}
                className="link shrink-0"
              >
                Sell again<span className="sr-only"> version {version}</span>
              </button>
            )}
          </li>
        ))}
      </ol>
      <Outcome id="versions-fault" done={done} fault={faults['']} />
    </section>
  )
}
