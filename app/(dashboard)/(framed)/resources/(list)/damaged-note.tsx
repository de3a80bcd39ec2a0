/** Says which resources are not sold because their content is missing, and what repairs it. */
import Link from 'next/link'
import type { DamagedResource } from '#app/_server/reads/damaged-content.ts'

export function DamagedNote({ damaged }: { damaged: readonly DamagedResource[] }) {
  if (damaged.length === 0) return null
  return (
    <div role="alert" className="mt-6 border-y border-hairline py-4">
      <p>
        Content is missing on our side, so this is not sold at the moment. Nobody was charged for it. Publishing it
        again repairs it.
      </p>
      <ul className="mt-2">
        {damaged.map(({ id, title }) => (
          <li key={id}>
            <Link href={`/resources/${id}`} className="link">
              {title}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  )
}
