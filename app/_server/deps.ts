/** The one place where the dashboard's process is put together; the same parts serve every request. */
import { composeWeb } from '#lib/compose-web.ts'

type WebDeps = ReturnType<typeof composeWeb>

/** Next keeps several copies of a module in one process; the global makes them share one pool of connections. */
const shared = globalThis as typeof globalThis & { satstileWeb?: WebDeps }

/** What pages, actions and routes work with. Throws `ConfigFault` when the environment cannot be used. */
export function webDeps(): WebDeps {
  shared.satstileWeb ??= composeWeb()
  return shared.satstileWeb
}
