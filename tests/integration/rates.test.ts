/** Rates from real servers: what agrees is written down, and no server can make a price by lying, standing still or being silent. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEgress } from '#lib/egress/egress.ts'
import { deleteRates, listRates } from '#lib/paywall/rates/rate-store.ts'
import { refreshRates } from '#lib/paywall/rates/refresh-rates.ts'
import { parseRateSources } from '#lib/paywall/rates/source.ts'
import { openTestDatabase, type TestDatabase } from '#tests/support/database.ts'
import { allowing } from '#tests/support/egress.ts'
import { createMemoryLog } from '#tests/support/log.ts'

interface Source {
  readonly port: number
  serve: (res: ServerResponse) => unknown
  close(): Promise<void>
}

async function startSource(): Promise<Source> {
  const server = createServer((_req, res) => void source.serve(res))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const source: Source = {
    port: (server.address() as AddressInfo).port,
    serve: quoting(80_000),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return source
}

const send = (body: string) => (res: ServerResponse) =>
  res.writeHead(200, { 'Content-Type': 'application/json' }).end(body)
const quoting = (eur: number, more: object = {}) => send(JSON.stringify({ EUR: eur, USD: eur * 1.1, ...more }))
const silent = () => undefined

let database: TestDatabase
let sources: [Source, Source, Source]
let now: Date
let memory: ReturnType<typeof createMemoryLog>
let egress: ReturnType<typeof createEgress>
beforeEach(async () => {
  database = await openTestDatabase()
  sources = [await startSource(), await startSource(), await startSource()]
  egress = createEgress({ allow: allowing(sources.map(({ port }) => `127.0.0.1:${port}`).join(',')) })
  now = new Date('2026-11-29T12:00:00Z')
  memory = createMemoryLog()
})
afterEach(async () => {
  for (const source of sources) await source.close()
  await egress.close()
  await database.close()
})

const DEADLINE_MS = 300
function refresh(text = sources.map(({ port }, at) => `s${at}=http://127.0.0.1:${port}/#*@time`).join(',')) {
  const parsed = parseRateSources(text)
  if (typeof parsed === 'string') throw new TypeError(parsed)
  const rates = { sources: parsed, maxAgeSeconds: 300, deadlineMs: DEADLINE_MS }
  return refreshRates({ db: database.jobs, clock: { now: () => now }, log: memory.log, egress, rates })
}
const written = async () =>
  Object.fromEntries(
    (await listRates(database.gate.client, new Date(now.getTime() - 300_000))).map((rate) => [
      rate.currency,
      Number(rate.microPerBtc) / 1e6,
    ]),
  )
const told = () => memory.lines.map(({ fields }) => fields.reason)

describe('rates', () => {
  test('are the median of what three servers say, of every currency that most of them quote', async () => {
    sources[0].serve = quoting(80_100, { SEK: 900_000 })
    sources[1].serve = quoting(80_000)
    sources[2].serve = quoting(79_000, { SEK: 900_200, NOK: 1 })
    expect(await refresh()).toBe(3)
    expect(await written()).toEqual({ EUR: 80_000, USD: 88_000, SEK: 900_100 })
    expect(memory.lines).toEqual([])
  })

  test.each([
    ['lies', quoting(40_000), 's2: far off for EUR'],
    ['goes silent', silent, 's2: The server did not answer in time.'],
    [
      'stalls in its answer',
      (res: ServerResponse) => res.writeHead(200).write('{"EUR":'),
      's2: The server did not answer in time.',
    ],
    ['stands still', quoting(80_000, { time: 1_700_000_000 }), 's2: it stands still'],
    ['breaks', send('<html>'), 's2: it holds no rates'],
    [
      'says that nothing is there',
      (res: ServerResponse) => res.writeHead(500).end('{"EUR":1}'),
      's2: it holds no rates',
    ],
    ['sends without end', send(`{"x":"${'x'.repeat(300_000)}","EUR":1}`), 's2: The answer is larger than 256 KiB.'],
  ] as const)('go on without a server that %s, and its name is logged', async (_, serve, reason) => {
    sources[2].serve = serve
    expect(await refresh()).toBe(2)
    expect(await written()).toEqual({ EUR: 80_000, USD: 88_000 })
    expect(told()).toContain(reason)
  })

  test('are not written when most servers are in trouble, and the ones before grow old', async () => {
    await refresh()
    sources[1].serve = silent
    sources[2].serve = quoting(40_000)
    now = new Date(now.getTime() + 200_000)
    expect(await refresh()).toBe(0)
    expect(await written()).toEqual({ EUR: 80_000, USD: 88_000 })
    expect(memory.lines.map(({ message }) => message)).toContain('no rate could be agreed on')
    now = new Date(now.getTime() + 200_000)
    expect(await written()).toEqual({})
  })

  test('that jump at all servers wait until the ones before are too old', async () => {
    await refresh()
    for (const source of sources) source.serve = quoting(120_000)
    now = new Date(now.getTime() + 60_000)
    expect(await refresh()).toBe(0)
    expect(told()).toEqual(['EUR', 'USD', undefined])
    now = new Date(now.getTime() + 300_000)
    expect(await refresh()).toBe(2)
    expect(await written()).toEqual({ EUR: 120_000, USD: 132_000 })
  })

  test('come from a recorded file where there is no network, and stop when its time is over', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'satstile-rates-'))
    const file = join(folder, 'rates.json')
    const url = pathToFileURL(file).href
    writeFileSync(file, JSON.stringify({ rates: { EUR: '80000' }, at: '2026-11-29T11:58:00Z' }))
    expect(await refresh(`recorded=${url}#rates.*@at`)).toBe(1)
    writeFileSync(file, JSON.stringify({ rates: { EUR: '80000' }, at: '2026-11-29T11:50:00Z' }))
    expect(await refresh(`recorded=${url}#rates.*@at`)).toBe(0)
    rmSync(folder, { recursive: true })
    expect(await refresh(`recorded=${url}#rates.*`)).toBe(0)
    expect(told()).toContain('recorded: the file cannot be read')
  })

  test('of hours ago are deleted, younger ones are not', async () => {
    await refresh()
    const before = new Date(now.getTime() + 1)
    expect(await deleteRates(database.jobs.client, { before: now, limit: 10 })).toBe(0)
    expect(await deleteRates(database.jobs.client, { before, limit: 1 })).toBe(1)
    expect(await deleteRates(database.jobs.client, { before, limit: 10 })).toBe(1)
  })

  test('are written by the workers alone', async () => {
    const insert = "insert into fiat_rate values ('EUR', now(), 1, 2, 3)"
    await expect(database.gate.client.$executeRawUnsafe(insert)).rejects.toThrow(/permission denied/)
    await expect(database.web.client.$executeRawUnsafe(insert)).rejects.toThrow(/permission denied/)
    expect(await database.jobs.client.$executeRawUnsafe(insert)).toBe(1)
  })
})
