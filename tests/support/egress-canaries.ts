/**
 * Servers that nobody may ever connect to, beside one that may be: every way of writing, naming, redirecting and
 * rebinding a URL is tried against them, through each act of the egress client.
 */
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { describeTrouble } from '#lib/egress/describe-trouble.ts'
import { createEgress, type Egress } from '#lib/egress/egress.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { allowing } from './egress.ts'

export interface CanaryFigures {
  readonly tries: number
  /** What the canaries saw. */
  readonly connects: number
  /** Tries by what became of them: the reason of a refusal, or `reached` for the server that may be. */
  readonly outcomes: ReadonlyMap<string, number>
  /** Tries at a closed address that ended in anything but a refusal. */
  readonly unexpected: readonly string[]
}

/** Loopback addresses besides 127.0.0.1; a system that lacks one goes without. */
const CANARY_ADDRESSES = ['127.0.0.2', '127.8.9.10', '::1']
const MOST_UNEXPECTED = 5

/** `tries` of them, drawn from `seed`, all on this computer: no address outside of it is ever connected to. */
export async function tryCanaries({ tries, seed }: { tries: number; seed: number }): Promise<CanaryFigures> {
  const random = createRandom(seed)
  const servers = await openServers()
  const outcomes = new Map<string, number>()
  const unexpected: string[] = []
  try {
    const world = createWorld(servers, random)
    const allow = allowing(`127.0.0.1:${servers.port}`)
    const limits = { connections: 1e6, allConnections: 1e6, opensPerMinute: 1e9 }
    const egress = createEgress({ allow, limits, listAddresses: world.listAddresses, namesKeptMs: 1 })
    for (let done = 0; done < tries; done += 50) {
      const batch = Array.from({ length: Math.min(50, tries - done) }, () => world.draw())
      await Promise.all(
        batch.map(async ({ url, mayReach }) => {
          const act = pick(Object.keys(ACTS) as (keyof typeof ACTS)[], random)
          const outcome = await ACTS[act](egress, url).catch(reasonOf)
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
          if (!mayReach && outcome === 'reached' && unexpected.length < MOST_UNEXPECTED)
            unexpected.push(`${act} ${url}`)
        }),
      )
    }
    await egress.close()
  } finally {
    await servers.close()
  }
  return { tries, connects: servers.connects(), outcomes, unexpected }
}

/** Everything that opens a connection. */
const ACTS = {
  request: (egress: Egress, url: string) => egress.request({ creatorId: 'crt_1', url }).then(() => 'reached'),
  post: (egress: Egress, url: string) =>
    egress.request({ creatorId: 'crt_2', url, method: 'POST', body: Buffer.from('x') }).then(() => 'reached'),
  /** Checked first and opened later, as a form and the job behind it do. */
  checked: async (egress: Egress, url: string) => {
    await egress.resolve(url)
    await egress.resolve(url)
    return egress.request({ creatorId: 'crt_3', url, deadlineMs: 5_000 }).then(() => 'reached')
  },
  pool: async (egress: Egress, url: string) => {
    const { body } = await egress.pool({ creatorId: 'crt_4', url }).request({ path: '/', method: 'GET' })
    await body.dump()
    return 'reached'
  },
  http2: async (egress: Egress, url: string) => {
    const pool = egress.pool({ creatorId: 'crt_5', url, http2: 'offered' })
    const { body } = await pool.request({ path: '/', method: 'GET', headers: { host: 'localhost' } })
    await body.dump()
    return 'reached'
  },
  socket: async (egress: Egress, url: string) => {
    const socket = await egress.openSocket({ creatorId: 'crt_6', url })
    socket.destroy()
    return 'reached'
  },
} as const

const reasonOf = (cause: unknown): string => String(describeTrouble(cause).details.reason)

interface Servers {
  /** The same for the server that may be reached and for the canaries, so that only the address tells them apart. */
  readonly port: number
  readonly canaryPort: number
  connects(): number
  close(): Promise<void>
}

async function openServers(): Promise<Servers> {
  const [port = 0] = await freePorts(1)
  const open: Server[] = []
  const sockets = new Set<Socket>()
  let connects = 0
  const listen = async (server: Server, address: string, at: number) => {
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
    const listens = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(at, address, () => resolve(true))
    })
    if (listens) open.push(server)
    return server.address()
  }
  const canary = () =>
    createServer((_req, res) => void res.end('canary')).on('connection', () => {
      connects += 1
    })
  let canaryPort = 0
  await listen(
    createServer((req, res) => {
      const isRedirect = req.url?.startsWith('/to/') === true
      // As bytes: Node writes no text beyond Latin-1 into a field.
      const location = Buffer.from(decodeURIComponent(req.url?.slice('/to/'.length) ?? '')).toString('latin1')
      res.writeHead(isRedirect ? 302 : 200, isRedirect ? { location } : {}).end('fine')
    }),
    '127.0.0.1',
    port,
  )
  const own = await listen(canary(), '127.0.0.1', 0)
  if (typeof own === 'object' && own !== null) canaryPort = own.port
  for (const address of CANARY_ADDRESSES) await listen(canary(), address, port)
  return {
    port,
    canaryPort,
    connects: () => connects,
    async close() {
      for (const socket of sockets) socket.destroy()
      await Promise.all(open.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

interface Try {
  readonly url: string
  /** Whether reaching the server that may be reached is one of the good ends. */
  readonly mayReach: boolean
}

/** What a name leads to, by its first word: `rebind` is honest when first asked, `flip` every other time. */
const ANSWERS: Readonly<Record<string, (now: { times: number; closed: string; coin: boolean }) => readonly string[]>> =
  {
    open: () => ['127.0.0.1'],
    closed: ({ closed }) => [closed],
    mixed: ({ closed, coin }) => (coin ? ['127.0.0.1', closed] : [closed, '127.0.0.1']),
    rebind: ({ times, closed }) => [times === 0 ? '127.0.0.1' : closed],
    flip: ({ times, closed }) => [times % 2 === 0 ? '127.0.0.1' : closed],
  }

function createWorld({ port, canaryPort }: Servers, random: () => number) {
  let names = 0
  const asked = new Map<string, number>()

  async function listAddresses(name: string): Promise<readonly string[]> {
    const times = asked.get(name) ?? 0
    asked.set(name, times + 1)
    const answer = ANSWERS[name.split('-')[0] ?? ''] ?? ANSWERS.closed
    return answer?.({ times, closed: pick(CLOSED, random), coin: random() < 0.5 }) ?? []
  }

  const newName = (kind: string): string => {
    names += 1
    // Some names come again, so that a kept answer runs out between two connections.
    return `${kind}-${random() < 0.3 ? names % 40 : names}.example`
  }
  const at = (host: string, to: number, path = '/') => `${random() < 0.1 ? 'https' : 'http'}://${host}:${to}${path}`

  const draws: readonly (() => Try)[] = [
    () => ({ url: at(pick(SPELLINGS, random), port), mayReach: false }),
    () => ({ url: at(spellLoopback(random), port), mayReach: false }),
    () => ({ url: at(pick(['127.0.0.1', 'localhost', '0x7f.1', '[::1]'], random), canaryPort), mayReach: false }),
    () => ({ url: at(newName('closed'), port), mayReach: false }),
    () => ({ url: at(newName('mixed'), port), mayReach: false }),
    () => ({ url: at(newName('rebind'), port), mayReach: true }),
    () => ({ url: at(newName('flip'), port), mayReach: true }),
    () => ({ url: at(newName('open'), canaryPort), mayReach: false }),
    () => ({ url: at(newName('open'), port), mayReach: true }),
    () => {
      const to = at(pick([...SPELLINGS, newName('closed')], random), random() < 0.5 ? port : canaryPort)
      // A pool hands the redirect on, and a socket asks for nothing: both have reached the server that may be.
      return { url: `http://127.0.0.1:${port}/to/${encodeURIComponent(to)}`, mayReach: true }
    },
  ]
  return { listAddresses, draw: () => pick(draws, random)() }
}

/** Addresses at which a canary listens, or would be reached. */
const CLOSED = [
  '127.0.0.2',
  '127.8.9.10',
  '::1',
  '::ffff:127.0.0.2',
  '64:ff9b::127.0.0.2',
  '0.0.0.0',
  '::',
  'fe80::1%lo',
]

const SPELLINGS = [
  '127.0.0.2',
  '127.2',
  '0x7f.2',
  '0177.0.0.2',
  '2130706434',
  '0x7f000002',
  '017700000002',
  '127.0.0.2.',
  '127.0.0.02',
  '127。0。0。2',
  '%31%32%37.0.0.2',
  '①②⑦.⓪.⓪.②',
  '0.0.0.0',
  '0',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.2]',
  '[::ffff:7f00:2]',
  '[64:ff9b::7f00:2]',
  '[::127.0.0.2]',
  '[::ffff:0:127.0.0.2]',
  '[2002:7f00:2::]',
  '[fe80::1%25lo]',
  'localhost',
  'LOCALHOST.',
  'a.localhost',
  '127.0.0.1@127.0.0.2',
  '127.0.0.1#@127.0.0.2',
  '127.0.0.1:80@127.0.0.2',
]

/** 127.0.0.2 in a random mixture of number systems and of how many parts. */
function spellLoopback(random: () => number): string {
  const count = 1 + Math.floor(random() * 4)
  const head = [127, 0, 0].slice(0, count - 1)
  const last = [127, 0, 0, 2].slice(count - 1).reduce((sum, byte) => sum * 256 + byte, 0)
  const spell = (value: number) => pick([`${value}`, `0x${value.toString(16)}`, `0${value.toString(8)}`], random)
  return [...head, last].map(spell).join('.') + (random() < 0.2 ? '.' : '')
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T
}

/** Numbers from 0 to 1 that are the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
