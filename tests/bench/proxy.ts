/** Verified proxied reads and gRPC calls beside bare proxies, and beside any other paywall that runs: `npm run bench -- proxy`. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import { systemClock } from '#lib/clock.ts'
import { sealKeyOf } from '#lib/crypto.ts'
import { readChallenges } from '#lib/l402/challenge.ts'
import { formatCredential } from '#lib/l402/credential-text.ts'
import type { RuleInput } from '#lib/paywall/resources/api/rule.ts'
import { setApi } from '#lib/paywall/resources/api/set-api.ts'
import { setRules } from '#lib/paywall/resources/api/set-rules.ts'
import type { Protocol } from '#lib/paywall/resources/api/upstream.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { createSeller } from '#tests/support/articles.ts'
import { openTestDatabase } from '#tests/support/database.ts'
import { startTestNode } from '#tests/support/dev-node.ts'
import { begin, beginGateway, cpuUs, memoryMb, type Program, quantile } from './load-support.ts'

const { values } = parseArgs({
  options: {
    /** Seconds of each measurement; there are two rounds of each after one to warm up. */
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '32' },
    /** `http` or `grpc`; both when left out. */
    only: { type: 'string' },
    /** Folder for a CPU profile of the gateway. */
    profile: { type: 'string' },
    /** Another paywall: a URL, the value of its `Authorization`, and its process on this computer, if it is here. */
    peer: { type: 'string' },
    'peer-auth': { type: 'string' },
    'peer-pid': { type: 'string' },
  },
})
const SECONDS = Number(values.seconds)
const CONNECTIONS = Number(values.connections)
const PATH = '/api/x'
const METHOD = '/bench.v1.Echo/Say'
/** `beginGateway` opens what was sealed for this key. */
const OPEN_KEY = new Uint8Array(32).fill(9)

const EVERYTHING: RuleInput = {
  ...{ name: 'all', path: '/**', methods: [], host: null, tier: 0, capability: null },
  offer: { price: '3', lastsSeconds: null, uses: null, rate: null },
}

/** Something that is loaded: for how long, answering one latency of each answer. */
type Load = (seconds: number) => Promise<{ seconds: number; latenciesMs: number[] }>

interface Row {
  readonly name: string
  readonly pid: number | null
  readonly run: Load
}

function loadHttp(url: string, headers: Record<string, string>): Load {
  return async (seconds) => {
    const latenciesMs: number[] = []
    const result = await autocannon({
      url,
      headers,
      connections: CONNECTIONS,
      duration: seconds,
      setupClient: (client) => {
        client.on('response', (status, _bytes, responseMs) => {
          if (status !== 200) throw new TypeError(`${url}: expected 200, got ${status}`)
          latenciesMs.push(responseMs)
        })
      },
    })
    return { seconds: result.duration, latenciesMs }
  }
}

const CALL = Buffer.alloc(25)
CALL.writeUInt32BE(20, 1)

/** Unary calls over four connections, as many at once as there would be connections of HTTP/1.1. */
function loadGrpc(port: number, fields: Record<string, string>): Load {
  return async (seconds) => {
    const latenciesMs: number[] = []
    const sessions = Array.from({ length: 4 }, () => connect(`http://127.0.0.1:${port}`))
    const began = performance.now()
    const call = (n: number) =>
      new Promise<void>((resolve, reject) => {
        const sentAt = performance.now()
        const session = sessions[n % sessions.length]
        const stream = session?.request({
          ':method': 'POST',
          ':path': METHOD,
          'content-type': 'application/grpc',
          te: 'trailers',
          ...fields,
        })
        if (stream === undefined) throw new TypeError('no session')
        let status: unknown
        stream.on('response', (head) => {
          status = head['grpc-status']
        })
        stream.on('trailers', (came) => {
          status = came['grpc-status']
        })
        stream.on('error', reject).on('close', () => {
          if (status !== '0') return reject(new TypeError(`a call ended with status ${status}`))
          latenciesMs.push(performance.now() - sentAt)
          resolve()
        })
        stream.resume()
        stream.end(CALL)
      })
    const callers = Array.from({ length: CONNECTIONS }, async (_, n) => {
      while (performance.now() - began < seconds * 1_000) await call(n)
    })
    await Promise.all(callers)
    for (const session of sessions) session.close()
    return { seconds: (performance.now() - began) / 1_000, latenciesMs }
  }
}

/** `WWW-Authenticate` of an unpaid request. */
async function askForLine(port: number, { path, method, host }: { path: string; method: string; host: string }) {
  const asking = request({ host: '127.0.0.1', port, path, method, headers: { Host: host }, agent: false }).end()
  const [res] = (await once(asking, 'response')) as [IncomingMessage]
  res.resume()
  return res.headers['www-authenticate'] ?? ''
}

interface Figures {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuUs: number
  readonly memoryMb: number
}

async function measure({ pid, run }: Row): Promise<Figures> {
  const before = pid === null ? Number.NaN : cpuUs(pid)
  const { seconds, latenciesMs } = await run(SECONDS)
  return {
    perSecond: latenciesMs.length / seconds,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    cpuUs: ((pid === null ? Number.NaN : cpuUs(pid)) - before) / latenciesMs.length,
    memoryMb: pid === null ? Number.NaN : memoryMb(pid),
  }
}

/** In turn, so that what else the machine does hits all alike; the round with the least CPU of each counts. */
async function compare(title: string, rows: readonly Row[]): Promise<void> {
  const best = new Map<Row, Figures>()
  for (const round of [0, 1, 2]) {
    for (const row of rows) {
      const figures = await measure(row)
      const known = best.get(row)
      if (round > 0 && !(known !== undefined && known.cpuUs <= figures.cpuUs)) best.set(row, figures)
    }
  }
  console.log(`\n${title}`)
  console.log('                 requests/s    p50 ms    p99 ms  CPU us/request  memory MB')
  for (const row of rows) {
    const figures = best.get(row)
    if (figures === undefined) throw new TypeError('no round')
    const cells = [
      figures.perSecond.toFixed(0).padStart(10),
      figures.p50Ms.toFixed(2).padStart(8),
      figures.p99Ms.toFixed(2).padStart(8),
      figures.cpuUs.toFixed(1).padStart(14),
      figures.memoryMb.toFixed(0).padStart(9),
    ]
    console.log(`${row.name.padEnd(16)} ${cells.join('  ')}`)
  }
  const [bare, gateway, peer] = rows.map((row) => best.get(row))
  if (bare === undefined || gateway === undefined) return
  console.log(`gateway/bare:    ${(gateway.cpuUs / bare.cpuUs).toFixed(2)} times the CPU per request`)
  if (peer !== undefined)
    console.log(`peer/gateway:    ${(peer.cpuUs / gateway.cpuUs).toFixed(2)} times the CPU per request`)
}

async function main(): Promise<void> {
  const [database, node, ports] = await Promise.all([openTestDatabase(), startTestNode(), freePorts(5)])
  const [port = 0, upstreamPort = 0, grpcPort = 0, barePort = 0, bareGrpcPort = 0] = ports
  const programs: Program[] = []
  const contentFolder = mkdtempSync(join(tmpdir(), 'satstile-bench-'))
  const at = (file: string) => join(import.meta.dirname, file)
  try {
    const creatorId = await createSeller(database, 'harbor')
    const sell = async (slug: string, upstream: number, protocol: Protocol) => {
      const deps = { db: database.web, sealKey: sealKeyOf(OPEN_KEY), clock: systemClock }
      const url = `http://127.0.0.1:${upstream}`
      const api = { creatorId, resourceId: null, slug, title: slug, url, protocol, timeoutMs: 30_000, headers: {} }
      const saved = await setApi(deps, api)
      if (saved.kind !== 'saved') throw new TypeError('not saved')
      await setRules(deps, { creatorId, resourceId: saved.resourceId, rules: [EVERYTHING] })
    }
    await sell('api', upstreamPort, 'http')
    await sell('grpc', grpcPort, 'grpc')
    programs.push(
      await begin('upstream', upstreamPort, [at('upstream-server.ts'), String(upstreamPort), String(grpcPort)]),
    )
    const bare = await begin('bare undici', barePort, [
      at('bare-proxy-server.ts'),
      `http://127.0.0.1:${upstreamPort}`,
      String(barePort),
    ])
    const bareGrpc = await begin('bare http2', bareGrpcPort, [
      at('bare-grpc-server.ts'),
      `http://127.0.0.1:${grpcPort}`,
      String(bareGrpcPort),
    ])
    const gateway = await beginGateway({
      ...{ port, databaseUrl: database.gateUrl, contentFolder, profile: values.profile },
      egressAllow: `127.0.0.1:${upstreamPort},127.0.0.1:${grpcPort}`,
      node: {
        socket: node.socket,
        cert: join(node.dataDir, 'tls.cert'),
        macaroon: join(node.dataDir, 'invoice.macaroon'),
      },
    })
    programs.push(bare, bareGrpc, gateway)
    const host = `harbor.localhost:${port}`
    const buy = async (path: string, method: string) => {
      const read = readChallenges([await askForLine(port, { path, method, host })])
      if (read.kind === 'fault') throw new TypeError(`no challenge for ${path}`)
      const { preimage } = await node.pay(read.invoice)
      return `L402 ${formatCredential(read.macaroon, Buffer.from(preimage, 'hex'))}`
    }
    console.log(
      `${CONNECTIONS} at once, two rounds of ${SECONDS} s each after one to warm up, load and servers on the same cores`,
    )
    if (values.only !== 'grpc') {
      const headers = { Host: host, Authorization: await buy(PATH, 'GET') }
      const { peer, 'peer-auth': peerAuth = '', 'peer-pid': peerPid } = values
      const peerRow = { name: 'peer', pid: peerPid === undefined ? null : Number(peerPid) }
      await compare('Verified proxied read of 2 KiB', [
        { ...bare, run: loadHttp(`http://127.0.0.1:${barePort}${PATH}`, headers) },
        { ...gateway, run: loadHttp(`http://127.0.0.1:${port}${PATH}`, headers) },
        ...(peer === undefined ? [] : [{ ...peerRow, run: loadHttp(peer, { Authorization: peerAuth }) }]),
      ])
    }
    if (values.only !== 'http') {
      const fields = { ':authority': host, authorization: await buy(METHOD, 'POST') }
      await compare('Verified unary gRPC call', [
        { ...bareGrpc, run: loadGrpc(bareGrpcPort, fields) },
        { ...gateway, run: loadGrpc(port, fields) },
      ])
    }
  } finally {
    for (const program of programs) program.end()
    await node.close()
    await database.close()
    rmSync(contentFolder, { recursive: true, force: true })
  }
}

await main()
