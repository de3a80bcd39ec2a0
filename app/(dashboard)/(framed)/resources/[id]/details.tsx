'use client'
/** Title and card: what search engines and shared links show, and where the article lives. */
import { useId } from 'react'
import { LANGUAGES } from '#app/_ui/editor/languages.ts'

export interface ArticleDetails {
  readonly lead: string
  /** As in the draft: `null` when the creator chose none here. */
  readonly slug: string | null
  /** A language tag; `null`: guessed from the text. */
  readonly language: string | null
}

export interface DetailsProps {
  readonly details: ArticleDetails
  readonly host: string
  /** The address that the article has. */
  readonly address: string
  readonly isPublished: boolean
  readonly onChange: (details: ArticleDetails) => void
}

export function Details({ details, host, address, isPublished, onChange }: DetailsProps) {
  const id = useId()
  return (
    <div className="grid gap-4 md:grid-cols-[2fr_1.4fr_1fr]">
      <div>
        <label htmlFor={`${id}lead`} className="text-table font-medium">
          Lead
        </label>
        <textarea
          id={`${id}lead`}
          value={details.lead}
          dir="auto"
          maxLength={400}
          rows={2}
          onChange={(event) => onChange({ ...details, lead: event.target.value })}
          className="field mt-1 resize-none text-table"
        />
        <p className="mt-1 text-label text-faint">
          One or two sentences under the title, in search results and on shared links.
        </p>
      </div>
      <div>
        <label htmlFor={`${id}slug`} className="text-table font-medium">
          Address
        </label>
        <input
          id={`${id}slug`}
          value={details.slug ?? address}
          maxLength={80}
          onChange={(event) => onChange({ ...details, slug: event.target.value })}
          className="field mt-1 text-table"
        />
        <p className="mt-1 text-label [overflow-wrap:anywhere] text-faint">
          {host}/{details.slug ?? address}
          {isPublished && '; a new address holds at once, old links and receipts lead there'}
        </p>
      </div>
      <LanguageField
        id={`${id}language`}
        language={details.language}
        onChange={(language) => onChange({ ...details, language })}
      />
    </div>
  )
}

interface LanguageFieldProps {
  readonly id: string
  readonly language: string | null
  readonly onChange: (language: string | null) => void
}

function LanguageField({ id, language, onChange }: LanguageFieldProps) {
  const isListed = language === null || LANGUAGES.some(([code]) => code === language)
  return (
    <div>
      <label htmlFor={id} className="text-table font-medium">
        Language
      </label>
      <select
        id={id}
        value={language ?? ''}
        onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}
        className="field mt-1 text-table"
      >
        <option value="">Guessed from the text</option>
        {!isListed && <option value={language}>{language}</option>}
        {LANGUAGES.map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
      <p className="mt-1 text-label text-faint">For screen readers, search, and the direction of the text.</p>
    </div>
  )
}
