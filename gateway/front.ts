/** What every door of the gate says before it asks the gate: whether it lives, and that plain HTTP is not for strangers. */
import type { Client } from '#lib/client.ts'
import type { GatewayDeps } from '#lib/compose-gateway.ts'
import type { Mode } from '#lib/config.ts'
import { JSON_TYPE } from '#lib/gate/headers.ts'
import type { GateAnswer, HeaderField } from '#lib/gate/request.ts'
import type { ReadTarget } from './wire-request.ts'

/** TLS, or this very computer in development. Behind a proxy the client is meant, so it must be on this computer too. */
export function isProtected(mode: Mode, client: Client): boolean {
  return client.secure || (mode === 'development' && client.loopback)
}

export function redirectToTls(wire: ReadTarget): GateAnswer {
  const host = wire.host.replace(/:\d+$/, '')
  const location = `https://${host}${wire.path}${wire.query === '' ? '' : `?${wire.query}`}`
  const headers: HeaderField[] = [
    ['Location', location],
    ['Cache-Control', 'no-store'],
  ]
  return { kind: 'answer', status: 308, headers, body: null }
}

/**
 * 200 while requests are judged, whatever else is down: what was paid for opens without node and workers, and without
 * Postgres. A stranger is told names and nothing more.
 */
export function answerHealth({ health, catalog, isTrusted }: GatewayDeps): GateAnswer {
  const isUp = isTrusted()
  const told = { status: isUp ? 'ok' : 'down', down: health.down(), catalog_age_ms: Math.round(catalog.ageMs()) }
  const body = JSON.stringify(told)
  return { kind: 'answer', status: isUp ? 200 : 503, headers: [JSON_TYPE, ['Cache-Control', 'no-store']], body }
}
