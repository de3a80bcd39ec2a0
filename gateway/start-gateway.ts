/** The gateway from parts to an open port, and back: what runs is let go, what waits is written. */
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createClientReader } from '#lib/client.ts'
import type { GatewayDeps } from '#lib/compose-gateway.ts'
import { countRead } from '#lib/gate/count-read.ts'
import { handle, type Outcome } from '#lib/gate/handle.ts'
import type { GateAnswer, GateRequest } from '#lib/gate/request.ts'
import type { Admitted } from '#lib/gate/target.ts'
import { openMetricsPort } from '#lib/metrics-port.ts'
import { challengeAnew } from './carry/challenge-anew.ts'
import { carryHosted } from './carry/hosted.ts'
import { createOpenStreams } from './carry/open-streams.ts'
import { carryProxyGrpc } from './carry/proxy-grpc.ts'
import { carryProxyHttp, carryUpgrade, type ProxyDeps } from './carry/proxy-http.ts'
import type { Certificate, DoorLimits } from './door.ts'
import { answerHealth } from './front.ts'
import { createGatewayServer, type GatewayServer } from './server.ts'
import { followTests } from './trial/test-runner.ts'
import type { Upgraded } from './upgrade.ts'
import { type WatchUpstream, watchUpstreams } from './watch-upstream.ts'

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
  const carriers = {
    ...{ ...deps, streams, watchUpstream: watchUpstreams(deps) },
    judge: (request: GateRequest) => handle(deps, request),
    challengeAnew: (request: GateRequest) => challengeAnew(deps, request),
  }
  const { config } = deps
  const door = createGatewayServer({
    mode: config.SATSTILE_MODE,
    readClient: createClientReader(config.TRUSTED_PROXIES),
    handle: (request) => judge(deps, request),
    carry: (admitted, request, isHandshake) => carry(carriers, { admitted, request, isHandshake }),
    answerFault: (request, cause) => deps.errors.fault(request, cause),
    countRead: (admitted, exchange) => countRead(deps, admitted, exchange),
    refuse: (request, code) => deps.errors.refuse(request, { code }),
    health: () => answerHealth(deps),
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
  const tests = followTests(carriers)
  const { METRICS_HOST: host, GATEWAY_METRICS_PORT: port } = config
  const figures =
    port === undefined ? null : await openMetricsPort({ metrics: deps.metrics, host, port, log: deps.log })
  return {
    port: config.GATEWAY_PORT,
    async stop(graceMs = GRACE_MS) {
      ending.abort()
      await Promise.all([closeServer(door, graceMs), tests.close(), figures?.close()])
      streams.close()
      await deps.close()
    },
  }
}

/** The gate's answer; with a span around it where somebody asked for traces. */
function judge(deps: GatewayDeps, request: GateRequest): Outcome | Promise<Outcome> {
  const { tracing } = deps
  if (tracing === null) return handle(deps, request)
  const method = { 'http.request.method': request.method }
  return tracing.request(request, method, { work: () => handle(deps, request), describe: describeOutcome })
}

function describeOutcome(outcome: Outcome): Readonly<Record<string, string | number>> {
  if (outcome.kind === 'admitted') return { 'satstile.outcome': outcome.grant === null ? 'free' : 'admit' }
  const { status, why } = outcome
  return { 'http.response.status_code': status, ...(why && { 'satstile.reason': why.code }) }
}

/** `cert.pem,key.pem`; `null`: there is none. Throws the system's error when one of them cannot be read. */
function readCertificate(files: string): Certificate | null {
  const [cert, key] = files.split(',')
  return cert === undefined || key === undefined ? null : { cert: readFileSync(cert), key: readFileSync(key) }
}

/** One carrier for each kind of target. */
function carry(
  deps: ProxyDeps & { readonly watchUpstream: WatchUpstream },
  { admitted, request, isHandshake }: { admitted: Admitted; request: GateRequest; isHandshake: boolean },
): GateAnswer | Promise<GateAnswer | Upgraded> {
  const { target } = admitted
  switch (target.kind) {
    case 'hosted':
      return carryHosted(deps, { target, admitted, request })
    case 'proxy-http':
      return deps.watchUpstream(admitted, request, () =>
        (isHandshake ? carryUpgrade : carryProxyHttp)(deps, { target, admitted, request }),
      )
    case 'proxy-grpc':
      return deps.watchUpstream(admitted, request, () => carryProxyGrpc(deps, { target, admitted, request }))
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
