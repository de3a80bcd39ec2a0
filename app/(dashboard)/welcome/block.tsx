/** One numbered step of the first page. */
import type { ReactNode } from 'react'

interface BlockProps {
  readonly number: number
  readonly title: string
  /** What can be done besides filling it in, at the right of the title. */
  readonly acts?: ReactNode
  readonly children: ReactNode
}

export function Block({ number, title, acts, children }: BlockProps) {
  return (
    <section
      className="mt-6 grid grid-cols-[40px_minmax(0,1fr)] gap-y-3 border-t border-hairline pt-6"
      aria-labelledby={`block-${number}`}
    >
      <p className="text-h3 font-semibold text-muted" aria-hidden="true">
        {number}
      </p>
      <div className="flex flex-wrap items-center justify-between gap-x-4">
        <h2 id={`block-${number}`} className="text-h3">
          {title}
        </h2>
        {acts}
      </div>
      <div className="col-start-2 min-w-0">{children}</div>
    </section>
  )
}
