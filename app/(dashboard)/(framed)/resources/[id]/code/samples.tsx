'use client'
/** Sample code: a route, a language, a program to copy. */
import { useId, useState } from 'react'
import { type SampleTarget, samplesFor } from '#app/_ui/api/sample-code.ts'
import { CopyButton } from '#app/_ui/copy-button.tsx'

interface SamplesProps {
  readonly targets: readonly SampleTarget[]
  readonly isOnSale: boolean
}

export function Samples({ targets, isOnSale }: SamplesProps) {
  const id = useId()
  const [route, setRoute] = useState(0)
  const [language, setLanguage] = useState('curl')
  const [first] = targets
  const target = targets[route] ?? first
  const samples = target === undefined ? [] : samplesFor(target)
  const sample = samples.find((one) => one.language === language) ?? samples[0]
  if (target === undefined || sample === undefined) return null
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <div className="flex flex-wrap items-end gap-x-6 gap-y-4">
        <div className="min-w-60 flex-1">
          <label htmlFor={id} className="block text-table font-medium">
            Route
          </label>
          <select
            id={id}
            value={route}
            onChange={(event) => setRoute(Number(event.target.value))}
            className="field mt-1 font-mono text-table"
          >
            {targets.map(({ method, url }, n) => (
              <option key={`${method} ${url}`} value={n}>
                {method} {new URL(url).pathname}
              </option>
            ))}
          </select>
        </div>
        <fieldset className="flex flex-wrap gap-1 rounded-card border border-hairline p-1">
          <legend className="sr-only">Language</legend>
          {samples.map(({ language: name }) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === sample.language}
              onClick={() => setLanguage(name)}
              className={`min-h-8 rounded-[4px] px-3 text-table font-medium ${name === sample.language ? 'bg-accent-soft text-accent' : 'text-muted hover:text-text'}`}
            >
              {name}
            </button>
          ))}
        </fieldset>
      </div>
      <div className="mt-5 flex items-center justify-between gap-3">
        <p className="text-table text-muted">
          Run by <code className="font-mono text-text">{sample.run}</code>
          {target.wallet === null ? '; you pay the invoice that it prints.' : '; the demo wallet pays.'}
        </p>
        <CopyButton text={`${sample.code}\n`} label="Copy the program" word="Copy" />
      </div>
      <section
        aria-label={`Program in ${sample.language}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
        tabIndex={0}
        className="mt-2 overflow-x-auto rounded-card border border-hairline bg-sunken px-4 py-3.5"
      >
        <pre className="font-mono text-table text-text">{sample.code}</pre>
      </section>
      <p className="mt-3 text-table text-muted">
        {isOnSale
          ? 'Where the path says 1, put in what you ask for. A token that was bought is sent again until its uses or its time are over.'
          : 'Nothing is on sale yet: set a price first, then this runs.'}
      </p>
    </div>
  )
}
