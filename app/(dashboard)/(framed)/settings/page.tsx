/** What readers are told of a creator, and how the creator's days are counted. */
import type { Metadata } from 'next'
import Link from 'next/link'
import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { languageChoices, readProfile, timeZoneChoices } from '#app/_server/reads/profile.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { PictureField } from './picture-field.tsx'
import { ProfileForm } from './profile-form.tsx'

export const metadata: Metadata = { title: 'Settings' }

export default async function SettingsPage() {
  const read = await whileReachable(async () => readProfile(await requireMember()))
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  const { profile, pictureDigest, url } = read.value
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <h1 className="text-h2">Settings</h1>
      <p className="mt-2 text-table md:hidden">
        <Link href="/developers/keys" className="link">
          Keys for developers
        </Link>
      </p>
      <section aria-labelledby="profile-title" className="mt-6 border-t border-hairline pt-6">
        <h2 id="profile-title" className="text-lead">
          Profile
        </h2>
        <p className="mt-1 text-table text-muted">
          Stands over{' '}
          <a href={url} className="link">
            your page
          </a>{' '}
          and under every article.
        </p>
        <PictureField digest={pictureDigest} alt={profile.pictureAlt} />
        <ProfileForm
          hasPicture={pictureDigest !== null}
          profile={profile}
          languages={languageChoices(profile.language)}
          timeZones={timeZoneChoices(profile.timeZone)}
        />
      </section>
    </div>
  )
}
