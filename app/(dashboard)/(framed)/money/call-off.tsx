'use client'
/** Calls off a payout that was not sent yet; whether it could be, its state tells. */
import { useState, useTransition } from 'react'
import { callOff } from './actions.ts'

export function CallOff({ id, isAsked }: { id: string; isAsked: boolean }) {
  const [note, setNote] = useState<string | null>(null)
  const [isAsking, start] = useTransition()
  const ask = () => start(async () => setNote(await callOff(id).catch(() => 'The server does not answer; try again.')))
  return (
    <p className="mt-3 flex flex-wrap items-center gap-3 text-table text-muted">
      {isAsked ? (
        'It is being called off.'
      ) : (
        <button type="button" disabled={isAsking} onClick={ask} className="button button-plain button-small">
          Call off
        </button>
      )}
      <span role="status">{note}</span>
    </p>
  )
}
