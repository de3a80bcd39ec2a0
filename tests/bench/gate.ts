/** Verified reads and challenges of a real gateway beside a bare server that sends the same bytes: `npm run bench -- gate`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readChallenges } from '#lib/l402/challenge.ts'
import { formatCookieValue, formatCredential } from '#lib/l402/credential-text.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { createSeller, PAID_SENTENCE, publishSeed } from '#tests/support/articles.ts'
import { openTestDatabase } from '#tests/support/database.ts'
import { startTestNode } from '#tests/support/dev-node.ts'
import {
  type Answer,
  ask,
  begin,
  beginGateway,
  cpuUs,
  headerOf,
  load,
  memoryMb,
  type Program,
  quantile,
} from './load-support.ts'

const { values } = parseArgs({
  options: {
    /** Seconds of each measurement; there are two rounds of each. */
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '32' },
    /** One of read, page, challenge; all when left out. */
    only: { type: 'string' },
    /** Folder for a CPU profile of the gateway. */
    profile: { type: 'string' },
  },
})
const SECONDS = Number(values.seconds)
const CONNECTIONS = Number(values.connections)
const folder = mkdtempSync(join(tmpdir(), 'satstile-bench-'))

interface Figures {
  readonly name: string
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuUs: number
  readonly memoryMb: number
}

/** A bare server that repeats `answer`, without the fields that Node adds by itself. */
async function beginBare(name: string, port: number, answer: Answer): Promise<Program> {
  const headers: string[] = []
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    const [field = '', value = ''] = answer.rawHeaders.slice(at, at + 2)
    if (!['date', 'connection', 'keep-alive'].includes(field.toLowerCase())) headers.push(field, value)
  }
  const file = join(folder, `${name}.json`)
  writeFileSync(file, JSON.stringify({ status: answer.status, headers, body: answer.body.toString('base64') }))
  return begin(name, port, [join(import.meta.dirname, 'bare-server.ts'), file, String(port)])
}

/** One round of load and what it cost. */
async function measure(program: Program, headers: Record<string, string>, status: number): Promise<Figures> {
  const before = cpuUs(program.pid)
  const { seconds, latenciesMs } = await load(program, { headers, status, connections: CONNECTIONS, seconds: SECONDS })
  return {
    name: program.name,
    perSecond: latenciesMs.length / seconds,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    cpuUs: (cpuUs(program.pid) - before) / latenciesMs.length,
    memoryMb: memoryMb(program.pid),
  }
}

/** The same load on the bare server and the gateway in turn, twice; the better round of each counts. */
async function compare(measurement: {
  kind: string
  title: string
  bare: Program
  gateway: Program
  headers: Record<string, string>
  status: number
}): Promise<void> {
  const { kind, title, headers, status } = measurement
  const pair = [measurement.bare, measurement.gateway]
  if (values.only !== undefined && values.only !== kind) return
  const rounds = new Map<Program, Figures[]>()
  for (const round of [0, 1, 2]) {
    for (const program of pair) {
      const figures = await measure(program, headers, status)
      if (round > 0) rounds.set(program, [...(rounds.get(program) ?? []), figures])
    }
  }
  const [bare, gate] = pair.map((program) => {
    const [first, ...others] = rounds.get(program) ?? []
    if (first === undefined) throw new TypeError('no round')
    return others.reduce((best, next) => (next.perSecond > best.perSecond ? next : best), first)
  })
  if (bare === undefined || gate === undefined) throw new TypeError('no figures')
  console.log(`\n${title}`)
  console.log('                 requests/s    p50 ms    p99 ms  CPU us/request  memory MB')
  for (const row of [bare, gate]) {
    const cells = [
      row.perSecond.toFixed(0).padStart(10),
      row.p50Ms.toFixed(2).padStart(8),
      row.p99Ms.toFixed(2).padStart(8),
      row.cpuUs.toFixed(1).padStart(14),
      row.memoryMb.toFixed(0).padStart(9),
    ]
    console.log(`${row.name.padEnd(16)} ${cells.join('  ')}`)
  }
  const ratio = `${((gate.perSecond / bare.perSecond) * 100).toFixed(0)} % of the requests/s`
  console.log(`gateway/bare:    ${ratio}, ${(gate.cpuUs / bare.cpuUs).toFixed(2)} times the CPU per request`)
}

async function main(): Promise<void> {
  const [database, node, ports] = await Promise.all([openTestDatabase(), startTestNode(), freePorts(4)])
  const [port = 0, articlePort = 0, pagePort = 0, challengePort = 0] = ports
  const programs: Program[] = []
  try {
    const creatorId = await createSeller(database, 'harbor')
    const contentFolder = join(folder, 'content')
    await publishSeed(database, { creatorId, contentFolder, title: 'Tides', sats: 210, sentences: 150 })
    const gateway = await beginGateway({
      port,
      databaseUrl: database.gateUrl,
      contentFolder,
      node: {
        socket: node.socket,
        cert: join(node.dataDir, 'tls.cert'),
        macaroon: join(node.dataDir, 'invoice.macaroon'),
      },
      profile: values.profile,
    })
    programs.push(gateway)
    const host = { Host: `harbor.localhost:${port}` }

    const challenge = await ask(port, host)
    const read = readChallenges([headerOf(challenge, 'www-authenticate')])
    if (read.kind === 'fault') throw new TypeError(`no challenge: ${challenge.status}`)
    const { preimage } = await node.pay(read.invoice)
    const secret = Buffer.from(preimage, 'hex')
    const program = { ...host, Authorization: `L402 ${formatCredential(read.macaroon, secret)}` }
    const browser = {
      ...host,
      Cookie: `l402=${formatCookieValue(read.macaroon, secret)}`,
      Accept: 'text/html',
      'User-Agent': 'Mozilla/5.0',
    }

    const article = await ask(port, program)
    const page = await ask(port, browser)
    if (!article.body.includes(PAID_SENTENCE) || !page.body.includes(PAID_SENTENCE)) throw new TypeError('not read')
    const bare = [
      await beginBare('bare node:http', articlePort, article),
      await beginBare('bare node:http', pagePort, page),
      await beginBare('bare node:http', challengePort, challenge),
    ] as const
    programs.push(...bare)

    console.log(
      `${CONNECTIONS} connections, two rounds of ${SECONDS} s each after one to warm up, load and servers on the same cores`,
    )
    const size = ({ body }: Answer) => `${body.length} bytes`
    await compare({
      kind: 'read',
      title: `Verified read by a program, Markdown of ${size(article)}`,
      bare: bare[0],
      gateway,
      headers: program,
      status: 200,
    })
    await compare({
      kind: 'page',
      title: `Verified read in a browser, a page of ${size(page)}`,
      bare: bare[1],
      gateway,
      headers: browser,
      status: 200,
    })
    await compare({
      kind: 'challenge',
      title: 'Challenge: a new invoice and a committed row each',
      bare: bare[2],
      gateway,
      headers: host,
      status: 402,
    })
  } finally {
    for (const program of programs) program.end()
    await node.close()
    await database.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
