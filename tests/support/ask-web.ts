/** Asks the dashboard by node:http, which sends the `Host` that it is told to and follows nothing. */
import { type IncomingHttpHeaders, request } from 'node:http'
import type { TestWeb } from './web.ts'

export interface Asked {
  readonly method?: string
  /** `undefined` leaves a field out. */
  readonly headers?: Record<string, string | undefined>
  readonly body?: string
}

export interface WebAnswer {
  readonly status: number
  readonly text: string
  readonly headers: IncomingHttpHeaders
}

export function askWeb(
  web: TestWeb,
  path: string,
  { method = 'GET', headers = {}, body = '' }: Asked = {},
): Promise<WebAnswer> {
  const { host, port } = web.address
  const sent = Object.fromEntries(Object.entries({ host, ...headers }).filter(([, value]) => value !== undefined))
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers: sent, agent: false }, async (res) => {
      const parts: Buffer[] = []
      for await (const part of res) parts.push(part as Buffer)
      resolve({ status: res.statusCode ?? 0, text: Buffer.concat(parts).toString(), headers: res.headers })
    })
    asked.once('error', reject)
    asked.end(body)
  })
}
