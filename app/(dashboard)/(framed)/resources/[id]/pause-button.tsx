'use client'
/** Takes an article off sale or puts it back; who bought it can read in either state. */
import { useActionState } from 'react'
import { Icon } from '#app/_ui/icon.tsx'
import { setPaused } from './actions.ts'

interface PauseButtonProps {
  readonly resourceId: string
  readonly isPaused: boolean
  /** Where it stands among other things to choose from. */
  readonly onDone?: () => void
}

export function PauseButton({ resourceId, isPaused, onDone }: PauseButtonProps) {
  const [fault, act, isRunning] = useActionState<string | null, FormData>(async (_before, form) => {
    const refused = await setPaused(form)
    if (refused === null) onDone?.()
    return refused
  }, null)
  return (
    <form action={act} className="relative">
      <input type="hidden" name="resourceId" value={resourceId} />
      <input type="hidden" name="paused" value={isPaused ? 'no' : 'yes'} />
      <button
        type="submit"
        disabled={isRunning}
        title={isPaused ? 'New readers can buy again' : 'New readers cannot buy; who bought it can still read'}
        className="button button-plain button-small"
      >
        <Icon name={isPaused ? 'play' : 'pause'} />
        {isPaused ? 'Resume' : 'Pause'}
      </button>
      {fault !== null && (
        <p
          role="alert"
          className="absolute top-full right-0 z-10 mt-1 w-64 rounded-card border border-error bg-surface p-3 text-table text-error"
        >
          {fault}
        </p>
      )}
    </form>
  )
}
