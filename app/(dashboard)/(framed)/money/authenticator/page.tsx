/** An authenticator for payouts: scanned once, proven by a code, with codes for the day on which it is lost. */
import type { Metadata } from 'next'
import Link from 'next/link'
import { renderSVG } from 'uqr'
import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { readFactor } from '#app/_server/reads/money.ts'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { randomBytes } from '#lib/crypto.ts'
import { describeSecret, SECRET_BYTES } from '#lib/paywall/payouts/proof.ts'
import { AuthenticatorForm } from './authenticator-form.tsx'

export const metadata: Metadata = { title: 'Authenticator' }

export default async function AuthenticatorPage() {
  const read = await whileReachable(async () => {
    const member = await requireMember()
    return { name: member.name, factor: await readFactor(member) }
  })
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  const { name, factor } = read.value
  // A new one with each look: what nobody took over is worth nothing.
  const { uri, letters } = describeSecret(randomBytes(SECRET_BYTES), name)
  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-6 pb-10 md:px-8">
      <p className="text-table">
        <Link href="/money" className="link">
          Money
        </Link>
      </p>
      <h1 className="mt-1 text-h2">Authenticator</h1>
      <p className="mt-2 max-w-[560px] text-muted">
        Payouts ask for a code of an app such as those that other sites use for signing in. The process that pays checks
        it, not this dashboard.
      </p>
      <AuthenticatorForm
        svg={renderSVG(uri, { border: 2 })}
        uri={uri}
        letters={letters}
        holds={factor.holds}
        newest={factor.newest}
      />
    </div>
  )
}
