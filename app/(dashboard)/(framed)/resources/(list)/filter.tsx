'use client'
/** Search and state, at once and in the URL; without script the form does the same. */
import Form from 'next/form'
import { useRef } from 'react'
import { Icon } from '#app/_ui/icon.tsx'

export interface ResourceFilter {
  readonly search: string
  readonly state: 'any' | 'draft' | 'live' | 'paused'
}

const QUIET_MS = 250

export function Filter({ filter }: { filter: ResourceFilter }) {
  const form = useRef<HTMLFormElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const send = (waitMs: number) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => form.current?.requestSubmit(), waitMs)
  }
  return (
    <Form ref={form} action="/resources" replace scroll={false} role="search" className="mt-5 flex flex-wrap gap-2">
      <label className="relative w-full max-w-[264px]">
        <span className="sr-only">Title or address</span>
        <Icon name="search" className="absolute top-1.5 left-3 text-muted" />
        <input
          type="search"
          name="q"
          defaultValue={filter.search}
          onChange={() => send(QUIET_MS)}
          placeholder="Title or address"
          className="field field-small pl-10 text-table"
        />
      </label>
      <label>
        <span className="sr-only">State</span>
        <select
          name="state"
          defaultValue={filter.state}
          onChange={() => send(0)}
          className="field field-small text-table font-medium"
        >
          <option value="any">Any state</option>
          <option value="live">live</option>
          <option value="draft">draft</option>
          <option value="paused">paused</option>
        </select>
      </label>
      <noscript>
        <button type="submit" className="button button-plain">
          Search
        </button>
      </noscript>
    </Form>
  )
}
