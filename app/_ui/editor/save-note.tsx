'use client'
/** Where the text is right now: kept, on its way, or only on this device. */
import { formatLocalClock } from '#app/_ui/format.ts'
import { Icon } from '#app/_ui/icon.tsx'
import type { SaveState } from './use-autosave.ts'

export function SaveNote({ state }: { state: SaveState }) {
  return (
    <p role="status" className="flex items-center gap-1.5 text-table whitespace-nowrap text-muted">
      <Note state={state} />
    </p>
  )
}

function Note({ state }: { state: SaveState }) {
  if (state.kind === 'saving') return <>Keeping</>
  if (state.kind === 'kept')
    return state.at === null ? null : <Worded icon="check" text={`Kept, ${formatLocalClock(state.at)}`} isShort />
  if (state.kind === 'here') {
    return (
      <span className="text-waiting" title={state.why}>
        <Worded icon="clock" text={`Kept here, ${formatLocalClock(state.at)}`} />
      </span>
    )
  }
  const text = { unkept: 'Not kept yet', invalid: 'Not kept: see below', conflict: 'Changed elsewhere' }[state.kind]
  if (state.kind === 'invalid' && state.isHere) return <Refused text="Kept here only: see below" />
  return <Refused text={text} />
}

function Refused({ text }: { text: string }) {
  return (
    <span className="text-error">
      <Worded icon="caution" text={text} />
    </span>
  )
}

interface WordedProps {
  readonly icon: 'check' | 'clock' | 'caution'
  readonly text: string
  /** On a phone the icon says it; the words are still read out. */
  readonly isShort?: boolean
}

function Worded({ icon, text, isShort = false }: WordedProps) {
  return (
    <span className="flex items-center gap-1.5">
      <Icon name={icon} className="size-4.5!" />
      <span className={isShort ? 'max-sm:sr-only' : ''}>{text}</span>
    </span>
  )
}
