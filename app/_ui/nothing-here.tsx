/** Nothing lives at this address, or not for you: strangers cannot tell the two apart. */
import Link from 'next/link'

export function NothingHere() {
  return (
    <section className="mx-auto w-full max-w-[560px] px-5 py-16">
      <h1 className="text-h1 tracking-[-0.01em]">There is nothing here</h1>
      <p className="mt-2 text-lead text-muted">The address is wrong, or what was here is gone.</p>
      <p className="mt-8 flex flex-wrap gap-3">
        <Link href="/overview" className="button button-primary">
          Overview
        </Link>
        <Link href="/resources" className="button button-plain">
          Resources
        </Link>
      </p>
    </section>
  )
}
