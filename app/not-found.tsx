/** An address that no page has: in the frame for whoever has a dashboard, plain for everybody else. */

import { findMember, findUser } from './_server/auth/session.ts'
import { unlessSilent } from './_server/http/reachable.ts'
import { readBalances } from './_server/reads/balances.ts'
import { Mark } from './_ui/icon.tsx'
import { NothingHere } from './_ui/nothing-here.tsx'
import { Frame } from './(dashboard)/(framed)/frame.tsx'

export default async function NotFound() {
  const frame = await unlessSilent(findFrame, null)
  if (frame !== null)
    return (
      <Frame {...frame}>
        <NothingHere />
      </Frame>
    )
  return (
    <main className="pt-8">
      <p className="mx-auto w-full max-w-[560px] px-5">
        <Mark />
      </p>
      <NothingHere />
    </main>
  )
}

/** What the frame shows; `null` for strangers and for whoever has no creator yet. */
async function findFrame() {
  const user = await findUser()
  const member = user && (await findMember(user.userId))
  return member && { name: member.name, email: user.email, balances: await readBalances(member.creatorId) }
}
