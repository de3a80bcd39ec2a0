/** Connections are bounded by address and in all, and who has shown a good credential is never turned away for who has not. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export interface ConnectionLimits {
  readonly perAddress: number
  /** From here on who shows no credential gets 503, and its connection ends. */
  readonly crowded: number
  /** From here on the oldest connection without a good credential makes room for a new one. */
  readonly all: number
}

export interface Connections {
  isCrowded(): boolean
  /** Whether a credential that was shown on this connection has opened something. */
  isProven(socket: Socket): boolean
  prove(socket: Socket): void
  /** TLS is spoken over a connection that is counted already. */
  carry(secure: Socket, over: Socket): void
  /**
   * A request beside another one of its connection holds as much as a connection does, so it counts as one; says how it
   * ends. `null`: its client has as many as it may, or all have.
   */
  takeFurther(socket: Socket): (() => void) | null
}

/** Per address above any browser and any pool of one program; a balancer in front is expected to raise it for itself. */
const LIMITS: ConnectionLimits = { perAddress: 1_000, crowded: 6_000, all: 8_000 }

export function limitConnections(server: Server, limits: ConnectionLimits = LIMITS): Connections {
  const byAddress = new Map<string, number>()
  const strangers = new Set<Socket>()
  const carriers = new WeakMap<Socket, Socket>()
  const counted = (socket: Socket) => carriers.get(socket) ?? socket
  let count = 0
  const take = (address: string): (() => void) => {
    count += 1
    byAddress.set(address, (byAddress.get(address) ?? 0) + 1)
    return () => {
      count -= 1
      const left = (byAddress.get(address) ?? 1) - 1
      if (left === 0) byAddress.delete(address)
      else byAddress.set(address, left)
    }
  }
  const isFull = (address: string) => (byAddress.get(address) ?? 0) >= limits.perAddress
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    if (isFull(address)) return void socket.destroy()
    if (count >= limits.all && !dropOldest(strangers)) return void socket.destroy()
    const giveBack = take(address)
    strangers.add(socket)
    socket.once('close', () => {
      giveBack()
      strangers.delete(socket)
    })
  })
  return {
    isCrowded: () => count >= limits.crowded,
    isProven: (socket) => !strangers.has(counted(socket)),
    prove: (socket) => void strangers.delete(counted(socket)),
    carry: (secure, over) => void carriers.set(secure, over),
    takeFurther({ remoteAddress = '' }) {
      return isFull(remoteAddress) || count >= limits.all ? null : take(remoteAddress)
    },
  }
}

/** Whether there was one. */
function dropOldest(strangers: Set<Socket>): boolean {
  const [oldest] = strangers
  if (oldest === undefined) return false
  strangers.delete(oldest)
  oldest.destroy()
  return true
}
