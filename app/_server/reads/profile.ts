/** What the settings begin with: a creator's profile, and the lists to choose from. */
import 'server-only'
import type { Membership } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { creatorUrl } from '#app/_server/http/creator-url.ts'
import type { Choice } from '#app/(dashboard)/(framed)/settings/profile-form.tsx'
import { Fault } from '#lib/errors.ts'
import { findCreator } from '#lib/paywall/creators/creator-store.ts'
import type { Profile } from '#lib/paywall/creators/profile.ts'

/** The profile as it is stored, its picture (SHA-256 as hex), and the address of the page that it stands on. */
export async function readProfile({
  creatorId,
  handle,
}: Membership): Promise<{ profile: Required<Profile>; pictureDigest: string | null; url: string }> {
  const creator = await webDeps().db.asCreator(creatorId, (tx) => findCreator(tx, creatorId))
  if (creator === null) throw new Fault('internal.bug', 'a member without a creator')
  const { name, byline, about, language, timeZone, pictureDigest, pictureAlt } = creator
  const profile = { name, byline, about, language, timeZone, pictureAlt }
  return { profile, pictureDigest, url: creatorUrl(handle) ?? '' }
}

const LANGUAGES = (
  'ar bg bn ca cs da de el en es et eu fa fi fr gl he hi hr hu id is it ja ko lt lv ms nb nl nn pl pt pt-BR ro ru sk sl sr ' +
  'sv sw ta th tl tr uk ur vi zh-Hans zh-Hant'
).split(' ')

/** Languages by their own names; `present` is among them whatever it is. */
export function languageChoices(present: string): Choice[] {
  return [...new Set([...LANGUAGES, present])].map((value) => ({ value, label: nameOfLanguage(value) })).sort(byLabel)
}

function nameOfLanguage(tag: string): string {
  const own = new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag
  return own.charAt(0).toUpperCase() + own.slice(1)
}

/** Time zones by name; `present` is among them whatever it is. */
export function timeZoneChoices(present: string): Choice[] {
  return [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', present])]
    .map((value) => ({ value, label: value.replaceAll('_', ' ') }))
    .sort(byLabel)
}

function byLabel(a: Choice, b: Choice): number {
  return a.label.localeCompare(b.label, 'en')
}
