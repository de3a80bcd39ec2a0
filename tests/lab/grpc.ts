/** Long gRPC streams through the built gateway, with the memory it takes, by Node's and by Go's own gRPC: `npm run lab -- grpc`. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerDuplexStream } from '@grpc/grpc-js'
import { systemClock } from '#lib/clock.ts'
import { sealKeyOf } from '#lib/crypto.ts'
import { setApi } from '#lib/paywall/resources/api/set-api.ts'
import { setRules } from '#lib/paywall/resources/api/set-rules.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { beginGateway, memoryMb } from '#tests/bench/load-support.ts'
import { createSeller } from '#tests/support/articles.ts'
import { openTestDatabase } from '#tests/support/database.ts'
import { startTestNode } from '#tests/support/dev-node.ts'
import { metadataOf, openTalk, startTalk, type TalkHandlers } from '#tests/support/grpc.ts'

const MESSAGES = 100_000
const PIECES = 16_384
const PIECE = 'x'.repeat(65_536)
/** What a stream may add, whatever its length. */
const FLAT_MB = 96
/** `beginGateway` opens what was sealed for this key. */
const OPEN_KEY = new Uint8Array(32).fill(9)

const HANDLERS: TalkHandlers = {
  Count: async (call) => {
    for (let n = 0; n < Number(call.request); n += 1) if (!call.write(PIECE)) await once(call, 'drain')
    call.end()
  },
  Chat: (call) => echo(call),
}

function echo(call: ServerDuplexStream<string, string>): void {
  call.on('data', (piece: string) => {
    if (call.write(piece)) return
    call.pause()
    call.once('drain', () => call.resume())
  })
  call.on('end', () => call.end())
}

/** What a run took, and the most memory that the gateway had more than at its begin. */
async function measure(what: string, pid: number, run: () => Promise<unknown>): Promise<boolean> {
  const before = memoryMb(pid)
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, memoryMb(pid))
  }, 100)
  const began = performance.now()
  try {
    await run()
  } finally {
    clearInterval(timer)
  }
  const grown = most - before
  const isFlat = grown < FLAT_MB
  const seconds = ((performance.now() - began) / 1_000).toFixed(1)
  console.log(
    `${what}: ${seconds} s, memory ${before.toFixed(0)} MB + ${grown.toFixed(0)} MB${isFlat ? '' : ', NOT FLAT'}`,
  )
  return isFlat
}

interface Duplex {
  write(text: string): boolean
  end(): void
  on(event: string, heard: (value: never) => void): void
  once(event: string, heard: () => void): void
}

type Method = (...args: unknown[]) => Duplex

async function runNode(
  port: number,
  authority: string,
  { pid, credential }: { pid: number; credential: (path: string) => Promise<string> },
) {
  const client = openTalk(port, authority)
  const methods = client as unknown as Record<string, Method>
  const paid = async (method: string) => metadataOf({ authorization: await credential(`/demo.v1.Talk/${method}`) })
  const chat = methods.Chat?.call(client, await paid('Chat'))
  const count = methods.Count?.bind(client)
  const countPaid = await paid('Count')
  if (chat === undefined || count === undefined) throw new TypeError('no method')
  const isFlat = [
    await measure(`grpc-js, ${MESSAGES} messages in both directions`, pid, () => talk(chat)),
    await measure(`grpc-js, ${(PIECES * PIECE.length) / 2 ** 20} MB down`, pid, () =>
      drain(count(String(PIECES), countPaid), PIECES),
    ),
  ]
  client.close()
  return isFlat.every(Boolean)
}

async function talk(chat: Duplex): Promise<void> {
  const came = drain(chat, MESSAGES)
  for (let n = 0; n < MESSAGES; n += 1) if (!chat.write(String(n))) await once(chat as never, 'drain')
  chat.end()
  await came
}

function drain(stream: Duplex, expected: number): Promise<void> {
  let count = 0
  stream.on('data', () => {
    count += 1
  })
  return new Promise((resolve, reject) => {
    stream.on('error', reject)
    stream.on('end', () => (count === expected ? resolve() : reject(new RangeError(`${count} of ${expected} came`))))
  })
}

/** The program on Go's own gRPC; `null`: Go is not installed, or cannot get it. */
function buildGo(folder: string): string | null {
  const program = join(folder, 'talk')
  try {
    execFileSync('go', ['build', '-o', program, '.'], { cwd: join(import.meta.dirname, 'grpc'), stdio: 'pipe' })
    return program
  } catch (cause) {
    console.log(`Go: not run (${String(cause instanceof Error ? cause.message : cause).split('\n')[0]})`)
    return null
  }
}

function beginGo(program: string): ChildProcess {
  return spawn(program, ['server'], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function runGo(program: string, args: readonly string[], pid: number): Promise<boolean> {
  return measure('Go, client and server', pid, async () => {
    const child = spawn(program, ['client', ...args], { stdio: ['ignore', 'inherit', 'inherit'] })
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new TypeError(`the Go client ended with ${code}`)
  })
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'satstile-lab-'))
  const goProgram = buildGo(folder)
  const goServer = goProgram === null ? null : beginGo(goProgram)
  const goPort = goServer?.stdout ? Number(String((await once(goServer.stdout, 'data'))[0])) : null
  const [database, node, [port = 0], own] = await Promise.all([
    openTestDatabase(),
    startTestNode(),
    freePorts(1),
    startTalk(HANDLERS),
  ])
  const sell = async (handle: string, upstream: number) => {
    const creatorId = await createSeller(database, handle)
    const deps = { db: database.web, sealKey: sealKeyOf(OPEN_KEY), clock: systemClock }
    const api = { creatorId, resourceId: null, slug: 'talk', title: 'Talk', timeoutMs: 30_000, headers: {} }
    const saved = await setApi(deps, { ...api, url: `http://127.0.0.1:${upstream}`, protocol: 'grpc' })
    if (saved.kind !== 'saved') throw new TypeError('not saved')
    const rules = ['Say', 'Count', 'Chat'].map((method) => ({
      ...{
        name: method.toLowerCase(),
        path: `/demo.v1.Talk/${method}`,
        methods: [],
        host: null,
        tier: 0,
        capability: null,
      },
      offer: { price: '3', lastsSeconds: null, uses: null, rate: null },
    }))
    await setRules(deps, { creatorId, resourceId: saved.resourceId, rules })
    return `${handle}.localhost:${port}`
  }
  const authority = await sell('harbor', own.port)
  const goAuthority = goPort === null ? null : await sell('haven', goPort)
  const gateway = await beginGateway({
    ...{ port, databaseUrl: database.gateUrl, contentFolder: folder },
    egressAllow: [own.port, goPort ?? own.port].map((allowed) => `127.0.0.1:${allowed}`).join(','),
    node: {
      socket: node.socket,
      cert: join(node.dataDir, 'tls.cert'),
      macaroon: join(node.dataDir, 'invoice.macaroon'),
    },
  })
  try {
    const buy = async (path: string) => {
      const answered = await askFor(port, { path, host: authority })
      const { preimage } = await node.pay(answered.invoice)
      return `L402 ${answered.macaroon}:${preimage}`
    }
    const isGood = [await runNode(port, authority, { pid: gateway.pid, credential: buy })]
    if (goProgram !== null && goAuthority !== null)
      isGood.push(await runGo(goProgram, [`127.0.0.1:${port}`, goAuthority, node.walletUrl], gateway.pid))
    process.exitCode = isGood.every(Boolean) ? 0 : 1
  } finally {
    gateway.end()
    goServer?.kill()
    await own.close()
    await node.close()
    await database.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a program without gRPC is told: the same price. */
async function askFor(
  port: number,
  { path, host }: { path: string; host: string },
): Promise<{ macaroon: string; invoice: string }> {
  const asking = request({ host: '127.0.0.1', port, path, method: 'POST', headers: { Host: host }, agent: false }).end()
  const [res] = await once(asking, 'response')
  let text = ''
  for await (const piece of res) text += String(piece)
  return JSON.parse(text) as { macaroon: string; invoice: string }
}

await main()
