/** A credential in, a verdict out, for creators who gate on their own server; in a process of the role `door` (docs/verify.md). */
import { findDoor } from '#app/_server/door.ts'
import { refuse } from '#app/_server/http/refuse.ts'

export const dynamic = 'force-dynamic'

export async function POST(request: Request): Promise<Response> {
  const door = await findDoor()
  return door === null ? refuse('paywall.resource_unknown') : await door.verify(request)
}
