'use client'
/** State, days and overpaid sales, at once and in the URL; without script the form does the same. */
import Form from 'next/form'
import { useRef } from 'react'

interface FiltersProps {
  readonly state: string
  readonly from: string
  readonly to: string
  readonly isOverpaid: boolean
  readonly resource: string
}

export function Filters({ state, from, to, isOverpaid, resource }: FiltersProps) {
  const form = useRef<HTMLFormElement>(null)
  const send = () => form.current?.requestSubmit()
  const field = 'field field-small w-auto text-table font-medium'
  return (
    <Form ref={form} action="/sales" replace scroll={false} aria-label="Filters" className="mt-3 flex flex-wrap gap-2">
      {resource !== '' && <input type="hidden" name="resource" value={resource} />}
      <label>
        <span className="sr-only">State</span>
        <select name="state" defaultValue={state} onChange={send} className={field}>
          <option value="any">Any state</option>
          <option value="paid">paid</option>
          <option value="revoked">revoked</option>
        </select>
      </label>
      <label>
        <span className="sr-only">From day</span>
        <input type="date" name="from" defaultValue={from} onChange={send} className={field} />
      </label>
      <label>
        <span className="sr-only">To day</span>
        <input type="date" name="to" defaultValue={to} onChange={send} className={field} />
      </label>
      <label className="flex items-center gap-2 px-2 text-table">
        <input type="checkbox" name="over" value="1" defaultChecked={isOverpaid} onChange={send} />
        Paid too much
      </label>
      <noscript>
        <button type="submit" className="button button-plain button-small">
          Show
        </button>
      </noscript>
    </Form>
  )
}
