/** Asks a process on loopback whether it serves. */
import { request } from 'node:http'

const TIMEOUT_MS = 2_000

/**
 * True when `path` answers 200, or 503: a process whose database is away answers so and is better left alone. Anything
 * else, also silence, is false.
 */
export function answers(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path, timeout: TIMEOUT_MS, agent: false }, (res) => {
      res.resume()
      resolve(res.statusCode === 200 || res.statusCode === 503)
    })
    asked.once('timeout', () => asked.destroy())
    asked.once('error', () => resolve(false))
    asked.end()
  })
}
