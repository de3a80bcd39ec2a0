/** Alive, and which dependency is not. */
import { webDeps } from '#app/_server/deps.ts'

export async function GET(): Promise<Response> {
  const database = await isDatabaseUp()
  // The database was asked just now; the others are as they were found within the last seconds.
  const others = webDeps()
    .health.down()
    .filter((part) => part !== 'database')
  const down = database ? others : ['database', ...others]
  const body = { ok: database, database, status: database ? 'ok' : 'down', down }
  return Response.json(body, { status: database ? 200 : 503, headers: { 'cache-control': 'no-store' } })
}

async function isDatabaseUp(): Promise<boolean> {
  try {
    await webDeps().db.ping()
    return true
  } catch {
    return false
  }
}
