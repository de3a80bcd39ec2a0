/** Nothing lives at this address, or not for you: strangers cannot tell the two apart. */
import Link from 'next/link'
import { Mark } from './_ui/icon.tsx'

export default function NotFound() {
  return (
    <main className="mx-auto w-full max-w-[560px] px-5 pt-24 pb-16">
      <Mark />
      <h1 className="mt-6 text-h1 tracking-[-0.01em]">There is nothing here</h1>
      <p className="mt-2 text-lead text-muted">The address is wrong, or what was here is gone.</p>
      <p className="mt-8 flex flex-wrap gap-3">
        <Link href="/overview" className="button button-primary">
          Overview
        </Link>
        <Link href="/resources" className="button button-plain">
          Resources
        </Link>
      </p>
    </main>
  )
}
