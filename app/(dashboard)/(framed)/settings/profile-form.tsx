'use client'
/** The profile; what was typed stays after a fault, and what is wrong stands beside its field. */
import { type ReactNode, useState, useTransition } from 'react'
import { FieldFault } from '#app/_ui/field-fault.tsx'
import type { Profile } from '#lib/paywall/creators/profile.ts'
import { type ProfileAnswer, saveProfile } from './actions.ts'

/** What is stored, and what stands in a list for it. */
export interface Choice {
  readonly value: string
  readonly label: string
}

interface ProfileFormProps {
  /** There is something to describe. */
  readonly hasPicture: boolean
  readonly profile: Required<Profile>
  readonly languages: readonly Choice[]
  readonly timeZones: readonly Choice[]
}

export function ProfileForm({ hasPicture, profile: stored, languages, timeZones }: ProfileFormProps) {
  const [profile, setProfile] = useState(stored)
  const [answer, setAnswer] = useState<ProfileAnswer | null>(null)
  const [isSaving, startSaving] = useTransition()
  const change = (name: keyof Profile) => (text: string) => {
    setProfile((before) => ({ ...before, [name]: text }))
    setAnswer(null)
  }
  const save = () => startSaving(async () => setAnswer(await saveProfile(profile).catch(() => UNANSWERED)))
  const field = (name: keyof Profile) => ({
    id: `profile-${name}`,
    value: profile[name],
    fault: answer?.kind === 'refused' ? answer.fields[name] : undefined,
    onChange: change(name),
  })
  return (
    <form
      className="mt-6 flex max-w-[560px] flex-col gap-5"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      {hasPicture && (
        <TextField
          {...field('pictureAlt')}
          label="What the picture shows"
          note="For readers who cannot see it. Left empty, they hear your name."
        />
      )}
      <TextField {...field('name')} label="Name" note="Yours, or that of your paper." />
      <TextField {...field('byline')} label="Byline" note="Who writes, in a few words. May stay empty." />
      <TextField {...field('about')} label="About" note="A paragraph or two for your page. May stay empty." isLong />
      <ChoiceField {...field('language')} label="Language" note="In which you write." choices={languages} />
      <ChoiceField {...field('timeZone')} label="Time zone" note="Your days begin by it." choices={timeZones} />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <button type="submit" disabled={isSaving} className="button button-primary">
          {isSaving ? 'Saving' : 'Save'}
        </button>
        <p role="status" className="text-table text-muted">
          {answer === null ? '' : answer.kind === 'saved' ? 'Saved. Readers see it within 2 s.' : answer.message}
        </p>
      </div>
    </form>
  )
}

const UNANSWERED: ProfileAnswer = {
  kind: 'refused',
  fields: {},
  message: 'The server does not answer. What you typed is still here; try again.',
}

interface FieldProps {
  readonly id: string
  readonly label: string
  readonly note: string
  readonly value: string
  readonly fault: string | undefined
  readonly onChange: (text: string) => void
}

function TextField({ isLong = false, ...field }: FieldProps & { isLong?: boolean }) {
  const { id, value, fault, onChange } = field
  const about = { id, value, 'aria-invalid': fault !== undefined, 'aria-describedby': `${id}-note ${id}-fault` }
  return (
    <Labelled {...field}>
      {isLong ? (
        <textarea {...about} rows={5} onChange={(event) => onChange(event.target.value)} className="field mt-1.5" />
      ) : (
        <input {...about} onChange={(event) => onChange(event.target.value)} className="field mt-1.5" />
      )}
    </Labelled>
  )
}

function ChoiceField({ choices, ...field }: FieldProps & { choices: readonly Choice[] }) {
  const { id, value, fault, onChange } = field
  return (
    <Labelled {...field}>
      <select
        id={id}
        value={value}
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-note ${id}-fault`}
        onChange={(event) => onChange(event.target.value)}
        className="field mt-1.5"
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </Labelled>
  )
}

function Labelled({ id, label, note, fault, children }: FieldProps & { children: ReactNode }) {
  return (
    <div>
      <label htmlFor={id} className="block text-table font-medium">
        {label}
      </label>
      {children}
      <FieldFault id={`${id}-fault`} text={fault} />
      <p id={`${id}-note`} className="mt-1 text-table text-muted">
        {note}
      </p>
    </div>
  )
}
