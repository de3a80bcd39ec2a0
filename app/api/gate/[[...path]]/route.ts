/** The second door: every request to a creator host, in a process of the role `door` (docs/second-door.md). */
import { findDoor } from '#app/_server/door.ts'
import { refuse } from '#app/_server/http/refuse.ts'

export const dynamic = 'force-dynamic'

async function serve(request: Request): Promise<Response> {
  const door = await findDoor()
  return door === null ? refuse('paywall.resource_unknown') : await door.serve(request)
}

export { serve as DELETE, serve as GET, serve as HEAD, serve as OPTIONS, serve as PATCH, serve as POST, serve as PUT }
