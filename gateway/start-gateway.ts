/** The gateway from parts to an open port, and back: what runs is let go, what waits is written. */
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createClientReader } from '#lib/client.ts'
import type { GatewayDeps } from '#lib/compose-gateway.ts'
import { countRead } from '#lib/gate/count-read.ts'
import { handle } from '#lib/gate/handle.ts'
import type { GateAnswer, GateRequest } from '#lib/gate/request.ts'
import type { Admitted } from '#lib/gate/target.ts'
import { carryHosted } from './carry/hosted.ts'
import { createOpenStreams } from './carry/open-streams.ts'
import { carryProxyGrpc } from './carry/proxy-grpc.ts'
import { carryProxyHttp, carryUpgrade, type ProxyDeps } from './carry/proxy-http.ts'
import type { Certificate, DoorLimits } from './door.ts'
import { createGatewayServer, type GatewayServer } from './server.ts'
import type { Upgraded } from './upgrade.ts'

export interface Gateway {
  readonly port: number
  /** Takes nothing new, lets answers end for `graceMs`, then ends them; resolves when everything is closed. */
  stop(graceMs?: number): Promise<void>
}

/** Long answers are streams to waiting pages, which are told to let go; the rest takes milliseconds. */
const GRACE_MS = 1_500

/** Listens on `GATEWAY_PORT`. Rejects with the system's error when the port cannot be had; `deps` are closed then. */
export async function startGateway(deps: GatewayDeps, limits: DoorLimits = {}): Promise<Gateway> {
  const ending = new AbortController()
  const streams = createOpenStreams()
  const carriers = { ...deps, streams, judge: (request: GateRequest) => handle(deps, request) }
  const { config } = deps
  const door = createGatewayServer({
    mode: config.SATSTILE_MODE,
    readClient: createClientReader(config.TRUSTED_PROXIES),
    handle: (request) => handle(deps, request),
    carry: (admitted, request, isHandshake) => carry(carriers, { admitted, request, isHandshake }),
    answerFault: (request, cause) => deps.errors.fault(request, cause),
    countRead: (admitted, exchange) => countRead(deps, admitted, exchange),
    refuse: (request, code) => deps.errors.refuse(request, { code }),
    catalogAgeMs: () => Math.round(deps.catalog.ageMs()),
    ending: ending.signal,
    certificate: readCertificate(config.GATEWAY_TLS),
    limits,
  })
  try {
    await listen(door.server, config.GATEWAY_PORT)
  } catch (cause) {
    await deps.close()
    throw cause
  }
  return {
    port: config.GATEWAY_PORT,
    async stop(graceMs = GRACE_MS) {
      ending.abort()
      await closeServer(door, graceMs)
      streams.close()
      await deps.close()
    },
  }
}

/** `cert.pem,key.pem`; `null`: there is none. Throws the system's error when one of them cannot be read. */
function readCertificate(files: string): Certificate | null {
  const [cert, key] = files.split(',')
  return cert === undefined || key === undefined ? null : { cert: readFileSync(cert), key: readFileSync(key) }
}

/** One carrier for each kind of target. */
function carry(
  deps: ProxyDeps,
  { admitted, request, isHandshake }: { admitted: Admitted; request: GateRequest; isHandshake: boolean },
): GateAnswer | Promise<GateAnswer | Upgraded> {
  const { target, grant } = admitted
  switch (target.kind) {
    case 'hosted':
      return carryHosted(target, grant, request)
    case 'proxy-http':
      return (isHandshake ? carryUpgrade : carryProxyHttp)(deps, { target, admitted, request })
    case 'proxy-grpc':
      return carryProxyGrpc(deps, { target, admitted, request })
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function closeServer({ server, closeAllConnections }: GatewayServer, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(closeAllConnections, graceMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
}
