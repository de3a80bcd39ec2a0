'use client'
/** The handle, checked while it is typed; a taken one comes with three that are free. */
import { useEffect, useState } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import { checkHandle, type HandleAnswer } from './actions.ts'

const QUIET_MS = 300

interface HandleFieldProps {
  readonly handle: string
  /** `.localhost:8402` */
  readonly hostSuffix: string
  /** What publishing said of it. */
  readonly refusal: string | undefined
  readonly onChange: (handle: string) => void
}

export function HandleField({ handle, hostSuffix, refusal, onChange }: HandleFieldProps) {
  const answer = useHandleCheck(handle)
  const fault =
    answer?.kind === 'invalid'
      ? answer.message
      : answer?.kind === 'taken'
        ? 'Somebody has this address already.'
        : answer === null
          ? refusal
          : undefined
  return (
    <>
      <div className="flex h-11 items-center rounded-[4px] border border-control bg-surface px-3 focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus">
        <span className="relative min-w-0">
          <span aria-hidden="true" className="invisible block h-6 min-w-6 pr-0.5 text-lead font-medium whitespace-pre">
            {handle || 'your-handle'}
          </span>
          <input
            name="handle"
            aria-label="Handle"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={60}
            value={handle}
            placeholder="your-handle"
            onChange={(event) => onChange(event.target.value.toLowerCase())}
            aria-invalid={fault !== undefined}
            aria-describedby="handle-fault"
            className="absolute inset-0 w-full bg-transparent text-lead font-medium outline-none"
          />
        </span>
        <span className="flex-1 truncate text-lead text-muted">{hostSuffix}</span>
        <span aria-live="polite" className="pl-2">
          {answer?.kind === 'free' && (
            <span className="flex items-center gap-1.5 text-table font-medium text-paid">
              <Icon name="check" className="size-4.5!" />
              free
            </span>
          )}
        </span>
      </div>
      <FieldFault id="handle-fault" text={fault} />
      {answer?.kind === 'taken' && answer.free.length > 0 && (
        <p className="mt-2 flex flex-wrap items-center gap-2 text-table text-muted">
          Free:
          {answer.free.map((variant) => (
            <button
              key={variant}
              type="button"
              onClick={() => onChange(variant)}
              className="button button-plain min-h-8 px-3"
            >
              {variant}
            </button>
          ))}
        </p>
      )}
    </>
  )
}

/** `null` while nothing is known of this very handle. */
function useHandleCheck(handle: string): HandleAnswer | null {
  const [known, setKnown] = useState<{ handle: string; answer: HandleAnswer } | null>(null)
  useEffect(() => {
    if (handle === '') return
    let isStale = false
    const timer = setTimeout(async () => {
      const answer = await checkHandle(handle).catch(() => null)
      if (!isStale && answer !== null && answer.kind !== 'unknown') setKnown({ handle, answer })
    }, QUIET_MS)
    return () => {
      isStale = true
      clearTimeout(timer)
    }
  }, [handle])
  return known?.handle === handle ? known.answer : null
}
