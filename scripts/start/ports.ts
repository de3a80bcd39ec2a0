/** Ports on loopback: whether those of a copy are free before anything is started on them, and some that are free now. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { PORTS, type PortName } from './settings.ts'
import { Stop } from './stop.ts'

type PortState = 'free' | 'taken' | 'forbidden'

/** Throws `Stop` that names every port which cannot be had, with the variable that moves it. */
export async function checkPorts(ports: Partial<Record<PortName, number>>): Promise<void> {
  const entries = Object.entries(ports) as [PortName, number][]
  const states = await Promise.all(entries.map(([, port]) => portState(port)))
  const faults = entries.flatMap(([name, port], index) => describe(name, port, states[index] ?? 'free'))
  if (faults.length > 0) throw new Stop(faults.join('\n'))
}

function describe(name: PortName, port: number, state: PortState): string[] {
  if (state === 'free') return []
  const why =
    state === 'taken' ? 'is taken by another program' : 'is not for this user (ports below 1024 need more rights)'
  const other = port + 100 > 65_535 ? port - 100 : port + 100
  return [
    `Port ${port} of the ${PORTS[name].use} ${why}. End that program, or use another port: ${name}=${other} npm start`,
  ]
}

/** Asks by listening: on loopback, and on every address, since either may be held without the other. */
async function portState(port: number): Promise<PortState> {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const state = await tryListen(port, host)
    if (state !== 'free') return state
  }
  return 'free'
}

async function tryListen(port: number, host: string): Promise<PortState> {
  const server = createServer()
  try {
    server.listen({ port, host, exclusive: true })
    await once(server, 'listening')
    return 'free'
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EACCES' ? 'forbidden' : 'taken'
  } finally {
    server.close()
  }
}

/** Below the ports that systems give to outgoing connections, which could otherwise take one before it is listened on. */
const FREE = { first: 18_000, perLane: 3_500, lanes: 4 }
/** By how many ports of their lane processes begin apart that started one after the other. */
const APART = 5
/**
 * Between looking at a port and listening on it others may find it free too. Test files that run at the same time take
 * every fourth port, each another one, so they never look at the same; of other processes each begins somewhere else.
 */
const lane = Number(process.env.VITEST_POOL_ID ?? 0) % FREE.lanes
let nextFree = (process.pid * APART) % FREE.perLane

/** Ports nobody listens on now, none of them twice; processes that look at the same time look in different places. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  for (let looked = 0; ports.length < count && looked < FREE.perLane; looked += 1) {
    const port = FREE.first + nextFree * FREE.lanes + lane
    nextFree = (nextFree + 1) % FREE.perLane
    if ((await portState(port)) === 'free') ports.push(port)
  }
  if (ports.length < count) throw new Stop(`No ${count} ports are free between ${FREE.first} and 32000.`)
  return ports
}
