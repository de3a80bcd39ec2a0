/** Of the requests that a client sends behind each other on one socket, one is answered at a time, and few may wait. */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface PipelineLimits {
  readonly perSocket: number
  readonly all: number
}

export interface Pipeline {
  /** Calls `serve` when the answers before `res` have left; a socket on which too many requests wait is closed. */
  wait(socket: Socket, res: ServerResponse, serve: () => void): void
}

/** A request that waits holds some 4 KB; a program that sends this many ahead has no use for their answers. */
const LIMITS: PipelineLimits = { perSocket: 500, all: 10_000 }

/** For requests whose response has no socket yet, which is how Node keeps answers in order. */
export function createPipeline(limits: PipelineLimits = LIMITS): Pipeline {
  const waiting = new Map<Socket, number>()
  let sum = 0
  const add = (socket: Socket, change: number) => {
    sum += change
    waiting.set(socket, (waiting.get(socket) ?? 0) + change)
  }
  return {
    wait(socket, res, serve) {
      const before = waiting.get(socket)
      if ((before ?? 0) >= limits.perSocket || sum >= limits.all) return void socket.destroy()
      if (before === undefined) {
        socket.once('close', () => {
          sum -= waiting.get(socket) ?? 0
          waiting.delete(socket)
        })
      }
      add(socket, 1)
      res.once('socket', () => {
        if (waiting.has(socket)) add(socket, -1)
        // Node is still handing the socket over.
        process.nextTick(() => {
          if (!res.destroyed) serve()
        })
      })
    },
  }
}
