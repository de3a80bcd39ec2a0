/** Every page of a creator stands in the frame, and nobody else's does. */
import type { ReactNode } from 'react'
import { requireMember, requireUser } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { readBalances } from '#app/_server/reads/balances.ts'
import { ownPictureUrl } from '#app/_ui/portrait.tsx'
import { Frame } from './frame.tsx'

export default async function FramedLayout({ children }: { children: ReactNode }) {
  const read = await whileReachable(async () => {
    const [member, user] = [await requireMember(), await requireUser()]
    const picture = ownPictureUrl(member.pictureDigest)
    return { name: member.name, picture, email: user.email, balances: await readBalances(member.creatorId) }
  })
  // The frame stands without that too: what it cannot say, it says so.
  const known =
    read.kind === 'reached' ? read.value : { name: 'Not known now', picture: null, email: null, balances: null }
  return <Frame {...known}>{children}</Frame>
}
