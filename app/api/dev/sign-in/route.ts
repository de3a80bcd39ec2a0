/** Development only: signs the demo creator in as often as wanted, for the link that `npm start` prints. */
import { openSession } from '#app/_server/auth/session.ts'
import { webDeps } from '#app/_server/deps.ts'
import { silentAnswer, whileReachable } from '#app/_server/http/reachable.ts'
import { seeOther } from '#app/_server/http/see-other.ts'
import { equalInConstantTime, sha256 } from '#lib/crypto.ts'
import { encodeUtf8 } from '#lib/l402/bytes.ts'

const DEMO_ADDRESS = 'harbor@example.test'

export async function GET(request: Request): Promise<Response> {
  const { config } = webDeps()
  const isOn = config.SATSTILE_MODE === 'development' && config.DEV_SIGN_IN_KEY !== undefined
  if (!isOn || !isKey(new URL(request.url).searchParams.get('key') ?? '', config.DEV_SIGN_IN_KEY ?? ''))
    return new Response(null, { status: 404 })
  const opened = await whileReachable(openDemoSession)
  if (opened.kind === 'silent') return silentAnswer()
  return opened.value
    ? seeOther('/overview')
    : new Response('There is no demo creator in this database.\n', { status: 404 })
}

/** `false`: this database has no demo creator. */
async function openDemoSession(): Promise<boolean> {
  const user = await webDeps().db.client.user.findUnique({ where: { email: DEMO_ADDRESS } })
  if (user !== null) await openSession(user.id)
  return user !== null
}

/** Digests first, so that neither length nor content of the key shows in the time that the answer takes. */
function isKey(given: string, key: string): boolean {
  return equalInConstantTime(sha256(encodeUtf8(given)), sha256(encodeUtf8(key)))
}
