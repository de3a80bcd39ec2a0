/** What may go wrong around `npm start`: each case ends in a sentence with the next step, or mends itself in ten seconds. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { credentials, Metadata, makeClientConstructor, type ServiceError } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { scoresDefinition } from '#devnode/upstream-grpc.ts'
import { freePorts } from '#scripts/start/ports.ts'
import { askOnce } from '#tests/support/gateway.ts'
import { localFetch } from '#tests/support/local-fetch.ts'
import { type ProcessName, portVariables, type RunningCopy, startCopy } from '#tests/support/running-copy.ts'
import { until } from '#tests/support/until.ts'

const RECOVERY = { withinMs: 10_000 }
const NAMES: readonly ProcessName[] = ['gateway', 'web', 'workers', 'devnode', 'postgres']

let ports: Record<string, string> = {}
const folders: string[] = []
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'satstile-start-'))
  folders.push(folder)
  return folder
}
beforeAll(async () => {
  ports = await portVariables()
})
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A start that is expected to end by itself, or by `signal` as soon as `when` holds. */
async function runStart(env: Record<string, string>, end?: { signal: NodeJS.Signals; when: () => boolean }) {
  const child = spawn(process.execPath, [resolve('scripts/start.ts'), '--no-build'], {
    env: { ...process.env, ...ports, ...env },
  })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(String(chunk)))
  const closed = once(child, 'close')
  let endedAt = performance.now()
  if (end) {
    await until('the start has come that far', end.when, { withinMs: 30_000, everyMs: 5 })
    endedAt = performance.now()
    child.kill(end.signal)
  }
  const [code] = await closed
  return { code: code as number | null, said: said.join(''), tookMs: performance.now() - endedAt }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Every process of a copy, the helpers that the run file does not name included. */
function processesOf(dataDir: string): number[] {
  const read = (name: string) =>
    existsSync(join(dataDir, name)) ? JSON.parse(readFileSync(join(dataDir, name), 'utf8')) : null
  const noted = (read('processes.json') ?? []) as { pid: number }[]
  const shown = Object.values((read('run.json')?.pids ?? {}) as Record<string, number>)
  return [...new Set([...noted.map(({ pid }) => pid), ...shown])]
}

const portsAreFree = async () => {
  const answers = await Promise.all(Object.values(ports).map((port) => listenOn(Number(port))))
  return answers.every(Boolean)
}

async function listenOn(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

describe('a start that cannot be', () => {
  test('names every port that is taken and the variable that moves it, and leaves nothing running', async () => {
    const holders = [ports.GATEWAY_PORT, ports.POSTGRES_PORT].map((port) =>
      createServer().listen(Number(port), '127.0.0.1'),
    )
    await Promise.all(holders.map((holder) => once(holder, 'listening')))
    const dataDir = newFolder()
    const { code, said } = await runStart({ DATA_DIR: dataDir })
    for (const holder of holders) holder.close()
    expect(code).toBe(1)
    expect(said).toMatch(new RegExp(`Port ${ports.GATEWAY_PORT} of the gateway is taken.*GATEWAY_PORT=\\d+ npm start`))
    expect(said).toMatch(
      new RegExp(`Port ${ports.POSTGRES_PORT} of the database is taken.*POSTGRES_PORT=\\d+ npm start`),
    )
    expect(processesOf(dataDir)).toEqual([])
  })

  test('names the data folder that it cannot write', async () => {
    const file = join(newFolder(), 'a-file')
    writeFileSync(file, '')
    const { code, said } = await runStart({ DATA_DIR: join(file, 'data') })
    expect(code).toBe(1)
    expect(said).toMatch(/The data folder .*a-file\/data cannot be written \(ENOTDIR\)\. Choose another folder/)
  })

  test('removes the run file of an earlier one, whatever it fails of', async () => {
    const dataDir = newFolder()
    mkdirSync(join(dataDir, 'postgres'))
    writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '18')
    writeFileSync(join(dataDir, 'run.json'), JSON.stringify({ app: 'http://localhost:1', pids: {} }))
    const { code, said } = await runStart({ DATA_DIR: dataDir })
    expect(code).toBe(1)
    expect(said).toContain('has lost KEY_ENCRYPTION_KEYS and POSTGRES_PASSWORD')
    expect(existsSync(join(dataDir, 'run.json'))).toBe(false)
  })

  test('in production names every secret that is missing or was made for development, and starts nothing', async () => {
    const dataDir = newFolder()
    const marked = `development-${'a'.repeat(64)}`
    const { code, said } = await runStart({
      DATA_DIR: dataDir,
      SATSTILE_MODE: 'production',
      NEXTAUTH_SECRET: marked,
      DATABASE_URL: '',
    })
    expect(code).toBe(78)
    for (const name of [
      'KEY_ENCRYPTION_KEYS',
      'LND_SOCKET',
      'LND_INVOICE_MACAROON',
      'LND_READ_MACAROON',
      'DATABASE_URL',
      'DATABASE_URL_GATE',
    ]) {
      expect(said).toContain(`${name} is missing`)
    }
    expect(said).not.toContain(marked)
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false)
  })
})

describe('a start that is called off', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s while the database is being made leaves no process, and the next start works',
    async (signal) => {
      const dataDir = newFolder()
      const { code, said, tookMs } = await runStart(
        { DATA_DIR: dataDir },
        { signal, when: () => existsSync(join(dataDir, 'postgres.new')) },
      )
      expect(code).toBe(130)
      expect(said).toContain('The start was called off; nothing is left running.')
      expect(tookMs).toBeLessThan(5_000)
      expect(await portsAreFree()).toBe(true)
      const later = await runStart(
        { DATA_DIR: dataDir },
        { signal: 'SIGINT', when: () => existsSync(join(dataDir, 'postgres', 'postmaster.pid')) },
      )
      expect(later.tookMs).toBeLessThan(5_000)
      expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false)
    },
  )
})

describe('a running copy', () => {
  const dataDir = newFolder()
  let copy: RunningCopy | null = null
  const running = () => {
    if (copy === null) throw new RangeError('the copy is not running')
    return copy
  }
  beforeAll(async () => {
    copy = await startCopy({ dataDir, ports })
  }, 180_000)
  afterAll(async () => {
    await copy?.stop()
  })
  afterEach(async () => {
    if (!existsSync(join(dataDir, 'run.json'))) copy = await startCopy({ dataDir, ports })
  }, 180_000)

  const pidOf = async (name: ProcessName) => (await running().read())?.pids[name]

  test('refuses a second supervisor on its data folder, and says which process has it', async () => {
    const { code, said } = await runStart({ DATA_DIR: dataDir })
    expect(code).toBe(1)
    expect(said).toContain(
      `Satstile already runs in ${dataDir} (process ${await pidOf('supervisor')}, http://localhost:${ports.WEB_PORT})`,
    )
    expect(await pidOf('gateway')).toSatisfy(isAlive)
  })

  test('sells an API and a stream of events whose server it brings along', async () => {
    const run = await running().read()
    const buy = async (url = '') => {
      const challenge = (await (await localFetch(url)).json()) as { macaroon: string; invoice: string }
      const body = JSON.stringify({ invoice: challenge.invoice })
      const headers = { 'content-type': 'application/json' }
      const paid = await localFetch(`${run?.wallet}/pay`, { method: 'POST', headers, body })
      const { preimage } = (await paid.json()) as { preimage: string }
      return localFetch(url, { headers: { authorization: `L402 ${challenge.macaroon}:${preimage}` } })
    }
    expect(await (await buy(run?.api)).json()).toMatchObject({ node: 'alice', score: expect.any(Number) })
    const events = await buy(run?.stream)
    const reader = events.body?.getReader()
    const first = await reader?.read()
    expect(new TextDecoder().decode(first?.value as Uint8Array)).toContain('event: tick')
    await reader?.cancel()
  })

  test('sells a gRPC service, found at the address that its client is given', async () => {
    const address = (await running().read())?.grpc ?? ''
    const client = new (makeClientConstructor(scoresDefinition(), 'Scores'))(address, credentials.createInsecure())
    const get = (metadata: Metadata) =>
      new Promise<{ cause: ServiceError | null; score: unknown }>((resolve) => {
        client.Get?.({ node: 'alice' }, metadata, (cause: ServiceError | null, score: unknown) =>
          resolve({ cause, score }),
        )
      })
    const asked = await get(new Metadata())
    expect(asked.cause?.details).toBe('payment required')
    const line = String(asked.cause?.metadata.get('www-authenticate')[0])
    const [, macaroon = '', invoice = ''] = /^LSAT macaroon="([^"]+)", invoice="([^"]+)"/.exec(line) ?? []
    const paid = await localFetch(`${(await running().read())?.wallet}/pay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ invoice }),
    })
    const { preimage } = (await paid.json()) as { preimage: string }
    const shown = new Metadata()
    shown.set('authorization', `LSAT ${macaroon}:${preimage}`)
    expect((await get(shown)).score).toMatchObject({ node: 'alice', score: expect.any(Number) })
    client.close()
  })

  test.each(NAMES)('has %s back within ten seconds of kill -9, and writes down its new process', async (name) => {
    const before = await pidOf(name)
    process.kill(before ?? 0, 'SIGKILL')
    const after = await until(
      `${name} is back`,
      async () => {
        const pid = await pidOf(name)
        return pid !== before && pid !== undefined && isAlive(pid) ? pid : false
      },
      RECOVERY,
    )
    expect(after).not.toBe(before)
    expect((await fetch(`http://127.0.0.1:${ports.GATEWAY_PORT}/_l402/health`)).status).toBe(200)
  })

  test('ends with its supervisor when that is killed, and starts again over what it left', async () => {
    const pids = processesOf(dataDir)
    await running().kill()
    await until('no process is left', () => !pids.some(isAlive), RECOVERY)
    writeFileSync(join(dataDir, 'processes.json'), '{ half')
    copy = await startCopy({ dataDir, ports })
    expect((await running().read())?.articles.length).toBeGreaterThanOrEqual(3)
  })

  test('starts over a pid file of Postgres that names some other program', async () => {
    await running().stop()
    const mine = `${process.pid}\n${join(dataDir, 'postgres')}\n1\n${ports.POSTGRES_PORT}\n\n127.0.0.1\n0 0\nready   \n`
    writeFileSync(join(dataDir, 'postgres', 'postmaster.pid'), mine)
    copy = await startCopy({ dataDir, ports })
    expect(isAlive(process.pid)).toBe(true)
  })

  test('is ended by Ctrl-C within five seconds, with no process, run file or taken port left', async () => {
    const pids = processesOf(dataDir)
    const startedAt = performance.now()
    await running().stop()
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(pids.filter(isAlive)).toEqual([])
    expect(existsSync(join(dataDir, 'run.json'))).toBe(false)
    expect(await portsAreFree()).toBe(true)
    mkdirSync(dataDir, { recursive: true })
  })
})

test('a second door runs when its port is given, sells as the gateway does, and comes back when it is killed', async () => {
  const [port = 0] = await freePorts(1)
  const copy = await startCopy({ dataDir: newFolder(), ports, env: { DOOR_PORT: String(port) } })
  try {
    const asked = () => askOnce(port, '/tides', { host: `harbor.localhost:${port}` })
    const before = (await copy.read())?.pids.door ?? 0
    expect([(await copy.read())?.door, (await asked()).status]).toEqual([`http://localhost:${port}`, 402])
    process.kill(before, 'SIGKILL')
    await until(
      'another door answers',
      async () => {
        const now = (await copy.read())?.pids.door
        return now !== undefined && now !== before && (await asked()).status === 402
      },
      RECOVERY,
    )
  } finally {
    await copy.stop()
  }
  await until('nothing listens any more', () => listenOn(port))
})
