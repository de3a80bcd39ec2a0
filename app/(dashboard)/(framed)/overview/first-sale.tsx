'use client'
/** Before the first sale: what is left to do, ticked while it happens. */
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import type { FirstSaleStep } from '#app/_server/reads/overview.ts'
import { formatCount } from '#app/_ui/format.ts'
import { Icon } from '#app/_ui/icon.tsx'
import { useLive } from './use-live.ts'

/** A view or a press of Unlock sends no notice, so the panel asks again while somebody looks at it. */
const REFRESH_MS = 3000

export function FirstSale({ steps, readAtMs }: { steps: readonly FirstSaleStep[]; readAtMs: number }) {
  const router = useRouter()
  const left = steps.filter((step) => !step.isDone).length
  useLive(readAtMs, () => router.refresh())
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && router.refresh(), REFRESH_MS)
    return () => clearInterval(timer)
  }, [router])
  return (
    <section aria-labelledby="first-title" className="mt-5 border-y border-hairline py-8">
      <h2 id="first-title" className="text-h3" aria-live="polite">
        First sale: {formatCount(left)} {left === 1 ? 'step' : 'steps'} left
      </h2>
      <ol className="mt-5 max-w-xl">
        {steps.map((step, index) => (
          <li key={step.title} className="flex gap-4 border-t border-hairline py-4 first:border-t-0">
            <span className={`flex w-5 justify-center font-semibold ${step.isDone ? 'text-paid' : 'text-faint'}`}>
              {step.isDone ? <Icon name="check" /> : index + 1}
            </span>
            <span className="min-w-0">
              <span className={`block font-medium ${step.isDone ? 'text-muted' : ''}`}>
                {step.title}
                {step.isDone && <span className="sr-only"> (done)</span>}
              </span>
              <span className="block text-table text-muted">{step.detail}</span>
              {!step.isDone && step.act !== null && <StepLink act={step.act} />}
            </span>
          </li>
        ))}
      </ol>
      <p className="mt-2 text-table text-faint">
        Figures and charts appear here with the first sale, in the second it is paid.
      </p>
    </section>
  )
}

function StepLink({ act }: { act: { href: string; label: string } }) {
  if (act.href.startsWith('/')) {
    return (
      <Link href={act.href} className="link mt-1 inline-block text-table">
        {act.label}
      </Link>
    )
  }
  return (
    <a href={act.href} target="_blank" rel="noopener" className="link mt-1 inline-flex items-center gap-1 text-table">
      {act.label}
      <Icon name="external" className="size-4!" />
    </a>
  )
}
