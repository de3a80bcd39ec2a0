'use client'
/** The keys there are and were, with what can still be done to each. */
import { useState } from 'react'
import type { ShownKey } from '#app/_server/reads/keys.ts'

interface KeyTableProps {
  readonly keys: readonly ShownKey[]
  readonly isRunning: boolean
  readonly onRoll: (id: string) => void
  readonly onEnd: (id: string) => void
}

export function KeyTable({ keys, ...acts }: KeyTableProps) {
  if (keys.length === 0) {
    return <p className="mt-4 text-muted">Your keys will stand here, with when each was last used.</p>
  }
  return (
    <table className="mt-4 w-full text-table">
      <thead className="text-left text-label text-faint max-md:sr-only">
        <tr className="h-8">
          <th className="font-medium">Name</th>
          <th className="font-medium">Key</th>
          <th className="font-medium">Made</th>
          <th className="font-medium">Last used</th>
          <th className="font-medium">
            <span className="sr-only">Acts</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <KeyRow key={key.id} shown={key} {...acts} />
        ))}
      </tbody>
    </table>
  )
}

function KeyRow({ shown, isRunning, onRoll, onEnd }: Omit<KeyTableProps, 'keys'> & { shown: ShownKey }) {
  const { id, name, start, made, used, state } = shown
  return (
    <tr className="border-t border-hairline align-middle max-md:flex max-md:flex-col max-md:gap-1 max-md:py-3 md:h-12">
      <td className="font-medium">
        <bdi>{name}</bdi>
      </td>
      <td className="font-mono text-muted">{start}</td>
      <td className="text-muted">
        <span className="md:sr-only">Made </span>
        {made}
      </td>
      <td className="text-muted">
        <span className="md:sr-only">Last used </span>
        {used}
        {shown.refused !== null && <span className="block text-error">Shown after its end: {shown.refused}</span>}
      </td>
      <td className="md:text-right">
        {state === 'lives' ? (
          <Acts name={name} isRunning={isRunning} onRoll={() => onRoll(id)} onEnd={() => onEnd(id)} />
        ) : (
          <span className="text-muted">{shown.end}</span>
        )}
        {state === 'ends' && (
          <span className="ml-3">
            <EndButton name={name} isRunning={isRunning} onEnd={() => onEnd(id)} />
          </span>
        )}
      </td>
    </tr>
  )
}

interface ActsProps {
  readonly name: string
  readonly isRunning: boolean
  readonly onRoll: () => void
  readonly onEnd: () => void
}

function Acts({ name, isRunning, onRoll, onEnd }: ActsProps) {
  return (
    <span className="inline-flex flex-wrap gap-2">
      <button type="button" disabled={isRunning} onClick={onRoll} className="button button-plain button-small">
        Roll<span className="sr-only"> {name}: a new key under its name, this one works for a day more</span>
      </button>
      <EndButton name={name} isRunning={isRunning} onEnd={onEnd} />
    </span>
  )
}

/** Asked once more: a server that has the key stops at once. */
function EndButton({ name, isRunning, onEnd }: Omit<ActsProps, 'onRoll'>) {
  const [isSure, setSure] = useState(false)
  if (!isSure) {
    return (
      <button
        type="button"
        disabled={isRunning}
        onClick={() => setSure(true)}
        className="button button-plain button-small"
      >
        Revoke<span className="sr-only"> {name}</span>
      </button>
    )
  }
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      <span>Your server is refused at once.</span>
      <button type="button" disabled={isRunning} onClick={onEnd} className="button button-danger button-small">
        Revoke for good
      </button>
      <button type="button" onClick={() => setSure(false)} className="button button-plain button-small">
        Keep it
      </button>
    </span>
  )
}
