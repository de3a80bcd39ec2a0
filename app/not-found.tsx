/** An address that no page has: in the frame for whoever has a dashboard, plain for everybody else. */

import { findMember, findUser } from './_server/auth/session.ts'
import { unlessSilent } from './_server/http/reachable.ts'
import { readBalances } from './_server/reads/balances.ts'
import { Mark } from './_ui/icon.tsx'
import { NothingHere } from './_ui/nothing-here.tsx'
import { ownPictureUrl } from './_ui/portrait.tsx'
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
  if (user === null) return null
  const member = await findMember(user.userId)
  if (member === null) return null
  const { name, pictureDigest, creatorId } = member
  return { name, picture: ownPictureUrl(pictureDigest), email: user.email, balances: await readBalances(creatorId) }
}
