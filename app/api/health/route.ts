/** Alive, and which dependency is not. */
import { webDeps } from '#app/_server/deps.ts'

export async function GET(): Promise<Response> {
  const database = await isDatabaseUp()
  return Response.json(
    { ok: database, database },
    { status: database ? 200 : 503, headers: { 'cache-control': 'no-store' } },
  )
}

async function isDatabaseUp(): Promise<boolean> {
  try {
    await webDeps().db.ping()
    return true
  } catch {
    return false
  }
}
