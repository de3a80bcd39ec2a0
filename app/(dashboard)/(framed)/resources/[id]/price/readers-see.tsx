'use client'
/** The card at the cut as readers will see it, in light or dark. */
import { useState } from 'react'
import type { Pricing } from '#app/_server/reads/resources.ts'
import { ReaderCard } from '#app/_ui/reader-card.tsx'

export function ReadersSee({ pricing, sats }: { pricing: Pricing; sats: number | null }) {
  const [theme, setTheme] = useState<'light' | 'dark' | null>(null)
  return (
    <section aria-labelledby="readers-title">
      <div className="flex h-8 items-center justify-between">
        <h2 id="readers-title" className="text-lead">
          Readers see
        </h2>
        <div className="flex rounded-[4px] border border-hairline bg-sunken p-0.5 text-table">
          {(['light', 'dark'] as const).map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={theme === name}
              onClick={() => setTheme(theme === name ? null : name)}
              className={`h-6.5 rounded-[3px] px-3 capitalize ${theme === name ? 'bg-surface font-medium text-text' : 'text-muted'}`}
            >
              {name}
            </button>
          ))}
        </div>
      </div>
      <div
        {...(theme === null ? {} : { 'data-theme': theme })}
        className={`mt-2 ${theme === null ? '' : '-mx-3 rounded-card bg-canvas p-3 text-text'}`}
      >
        <ReaderCard title={pricing.title} creator={pricing.creatorName} {...pricing.card} sats={sats} />
      </div>
    </section>
  )
}
