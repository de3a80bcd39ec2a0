'use client'
/** Says in numbers what is lost, and asks for that number before it is. */
import { type FormEvent, useEffect, useId, useRef, useState } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import type { Loss } from './deleting.ts'
import { isConfirmed, lossSentences, numberToType } from './loss-words.ts'
import { PauseButton } from './pause-button.tsx'
import { type Deleting, useDeleting } from './use-deleting.ts'

interface DeleteDialogProps {
  readonly resourceId: string
  readonly title: string
  readonly isPaused: boolean
  readonly onClose: () => void
}

export function DeleteDialog({ resourceId, title, isPaused, onClose }: DeleteDialogProps) {
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const deleting = useDeleting(resourceId)
  useEffect(() => dialog.current?.showModal(), [])
  const { loss } = deleting
  return (
    <dialog
      ref={dialog}
      aria-labelledby={`${id}title`}
      aria-busy={deleting.isRunning}
      onClose={onClose}
      className="m-auto w-[min(480px,calc(100vw-32px))] rounded-card border border-hairline bg-surface p-6 text-text shadow-[0_8px_32px_rgb(0_0_0/0.14)] backdrop:bg-black/45"
    >
      <h2 id={`${id}title`} className="text-h3 break-words">
        {loss?.isPublished === false ? 'Throw away ' : 'Delete '}
        <bdi>{title || 'this draft'}</bdi>
      </h2>
      {loss === null ? (
        <Counting deleting={deleting} onClose={onClose} />
      ) : (
        <Confirm
          // Other numbers: what was typed for the ones before confirms nothing.
          key={JSON.stringify(loss)}
          {...{ deleting, loss, resourceId, onClose }}
          canPause={loss.isPublished && !isPaused}
        />
      )}
    </dialog>
  )
}

function Counting({ deleting: { fault, ask }, onClose }: { deleting: Deleting; onClose: () => void }) {
  return (
    <>
      {fault === null ? (
        <p role="status" className="mt-3 text-muted">
          Counting what would be lost
        </p>
      ) : (
        <FieldFault id="delete-fault" text={fault} />
      )}
      <div className="mt-6 flex flex-wrap gap-3">
        <button type="button" onClick={onClose} className="button button-plain">
          Keep it
        </button>
        {fault !== null && (
          <button type="button" onClick={ask} className="button button-plain">
            Try again
          </button>
        )}
      </div>
    </>
  )
}

interface ConfirmProps {
  readonly deleting: Deleting
  readonly loss: Loss
  readonly resourceId: string
  readonly canPause: boolean
  readonly onClose: () => void
}

function Confirm({ deleting, loss, resourceId, canPause, onClose }: ConfirmProps) {
  const id = useId()
  const field = useRef<HTMLInputElement>(null)
  const keep = useRef<HTMLButtonElement>(null)
  // What had the focus while it was being counted is not there any more.
  useEffect(() => (field.current ?? keep.current)?.focus(), [])
  const [typed, setTyped] = useState('')
  const [isRefused, setRefused] = useState(false)
  const wanted = numberToType(loss)
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (isConfirmed(typed, loss)) return deleting.confirm(loss)
    setRefused(true)
    field.current?.focus()
  }
  const verb = loss.isPublished ? 'delete' : 'throw it away'
  return (
    <>
      {deleting.hasChanged && (
        <p role="alert" className="mt-3 flex gap-2 text-table text-caution">
          <Icon name="caution" />
          It changed in this moment, so nothing was deleted. These are the numbers now.
        </p>
      )}
      <div className="mt-3 space-y-2">
        {lossSentences(loss).map((sentence, index) => (
          <p key={sentence} className={index === 0 ? 'font-semibold' : 'text-table text-muted'}>
            {sentence}
          </p>
        ))}
      </div>
      {canPause && (
        <div className="mt-4 flex flex-wrap items-center justify-between gap-3 rounded-card bg-sunken px-4 py-3 text-table">
          Pausing stops sales and keeps their access.
          <PauseButton resourceId={resourceId} isPaused={false} onDone={onClose} />
        </div>
      )}
      <form onSubmit={onSubmit} noValidate className="mt-5">
        {wanted !== null && (
          <>
            <label htmlFor={id} className="block text-table font-medium">
              Type {wanted} to {verb}
            </label>
            <input
              ref={field}
              id={id}
              inputMode="numeric"
              autoComplete="off"
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value)
                setRefused(false)
              }}
              aria-invalid={isRefused}
              aria-describedby="typed-fault"
              className="field mt-1.5 max-w-40"
            />
            <FieldFault id="typed-fault" text={isRefused ? `Type ${wanted}, and nothing else.` : null} />
          </>
        )}
        <div className="mt-6 flex flex-wrap gap-3">
          <button type="submit" disabled={deleting.isRunning} className="button button-danger">
            {loss.isPublished ? 'Delete for good' : 'Throw away'}
          </button>
          <button ref={keep} type="button" onClick={onClose} className="button button-plain">
            Keep it
          </button>
        </div>
      </form>
    </>
  )
}
