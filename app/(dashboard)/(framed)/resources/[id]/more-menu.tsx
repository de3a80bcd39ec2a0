'use client'
/** What is done rarely and not by mistake: an article or an API is deleted, a draft thrown away. */
import { type KeyboardEvent, lazy, Suspense, useRef, useState } from 'react'
import { Icon } from '#app/_ui/icon.tsx'
import type { ResourceState } from '#app/_ui/resource-state.tsx'

/** Its code comes when it is asked for, since it hardly ever is. */
const DeleteDialog = lazy(async () => ({ default: (await import('./delete-dialog.tsx')).DeleteDialog }))

interface MoreMenuProps {
  readonly resourceId: string
  readonly title: string
  /** `article` */
  readonly noun: string
  readonly state: ResourceState
}

export function MoreMenu({ resourceId, title, noun, state }: MoreMenuProps) {
  const menu = useRef<HTMLDetailsElement>(null)
  const opener = useRef<HTMLElement>(null)
  const [isAsking, setAsking] = useState(false)
  const close = () => {
    menu.current?.removeAttribute('open')
    opener.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && menu.current?.open) close()
  }
  return (
    <>
      <details ref={menu} className="relative" onKeyDown={onKeyDown}>
        <summary
          ref={opener}
          className="button button-plain button-small list-none px-1.5! [&::-webkit-details-marker]:hidden"
        >
          <Icon name="more" className="stroke-[2.5]" />
          <span className="sr-only">More</span>
        </summary>
        <div className="absolute right-0 z-40 mt-2 w-60 rounded-card border border-hairline bg-surface p-2 shadow-[0_8px_32px_rgb(0_0_0/0.14)]">
          <button
            type="button"
            onClick={() => {
              close()
              setAsking(true)
            }}
            className="flex min-h-9 w-full items-center gap-2.5 rounded-[4px] px-2 text-left font-medium text-error hover:bg-sunken"
          >
            <Icon name="trash" />
            {state === 'draft' ? 'Throw this draft away' : `Delete this ${noun}`}
          </button>
        </div>
      </details>
      {isAsking && (
        <Suspense fallback={null}>
          <DeleteDialog
            resourceId={resourceId}
            title={title}
            isPaused={state === 'paused'}
            onClose={() => {
              setAsking(false)
              opener.current?.focus()
            }}
          />
        </Suspense>
      )}
    </>
  )
}
