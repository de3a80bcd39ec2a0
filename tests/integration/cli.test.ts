/** `satstile pay` and `satstile buy` as a person runs them, against a real shop and a real dev node. */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { msat } from '#lib/money.ts'
import { payCommand } from '#packages/cli/commands.ts'
import type { TestNode } from '#tests/support/dev-node.ts'
import { type PayingShop, startShopWithNode, type Trick } from '#tests/support/paying-shop.ts'

const ROOT = join(import.meta.dirname, '../..')
let node: TestNode
let opened: Awaited<ReturnType<typeof startShopWithNode>>
let shop: PayingShop
let folder: string

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly said: string
}

/** `meddle` gets the running program, to interrupt it or to stop listening to it. */
const runProgram = (
  file: string,
  args: readonly string[],
  { cwd, meddle }: { cwd: string; meddle?: (child: ChildProcess) => void },
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, NODE_ENV: 'test' } as const
    const child = spawn(process.execPath, [file, ...args], { cwd, env, timeout: 20_000 })
    meddle?.(child)
    let [out, said] = ['', '']
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, said }))
  })
const PROGRAM = join(ROOT, 'packages/cli/main.ts')
const satstile = (...args: readonly string[]) => runProgram(PROGRAM, args, { cwd: folder })
/** The header that a failure after a payment prints. */
const headerIn = (said: string) => /^Authorization: (L402 \S+)$/m.exec(said)?.[1] ?? ''
const statusWith = async (authorization: string) => {
  const response = await fetch(`http://127.0.0.1:${shop.port}/tides`, { headers: { Authorization: authorization } })
  return response.status
}
/** A port that takes every connection and never says a word. */
async function openMutePort() {
  const sockets: Socket[] = []
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}
/** The demo wallet, behind a door that acts before each payment is handed on. */
async function openWalletThat(act: () => void) {
  const server = createHttpServer((req, res) => {
    const handOn = async () => {
      const body = Buffer.concat(await req.toArray())
      act()
      const headers = { 'Content-Type': 'application/json' }
      const answer = await fetch(new URL(req.url ?? '/', node.walletUrl), { method: 'POST', headers, body })
      res.writeHead(answer.status, headers).end(await answer.text())
    }
    handOn().catch(() => res.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}
/** A port of which nobody listens any more. */
async function findFreePort(): Promise<string> {
  const { url, close } = await openMutePort()
  await close()
  return url
}
const order = () => opened.backend.createInvoice({ amountMsat: msat(5_000n), memo: 'satstile test', expirySeconds: 60 })

beforeAll(async () => {
  opened = await startShopWithNode()
  ;({ node, shop } = opened)
})
afterAll(() => opened.close())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'satstile-cli-'))
  mkdirSync(join(folder, '.data'))
  writeFileSync(join(folder, '.data/run.json'), JSON.stringify({ wallet: node.walletUrl }))
  shop.log.length = 0
  shop.trick = 'none'
  return () => rmSync(folder, { recursive: true, force: true })
})

describe('pay', () => {
  test('prints what the wallet answered, by the wallet of the copy that runs here', async () => {
    const created = await order()
    const ended = await satstile('pay', created.invoice)
    expect(ended).toMatchObject({ code: 0, said: '' })
    expect(JSON.parse(ended.out)).toMatchObject({
      payment_hash: Buffer.from(created.paymentHash).toString('hex'),
      amount_msat: '5000',
    })
  })

  test('an invoice that cannot be paid ends with 1 and the wallet’s own sentence', async () => {
    const ended = await satstile('pay', 'lnbcrt1nothing')
    expect(ended).toMatchObject({ code: 1, out: '' })
    expect(ended.said).toContain('not a Lightning invoice')
  })

  test('a wallet that is not there is named, with the next step', async () => {
    const ended = await satstile('pay', 'lnbcrt1', '--wallet', await findFreePort())
    expect(ended).toMatchObject({ code: 1, out: '' })
    expect(ended.said).toContain('does not answer; is npm start running?')
  })

  test('a wallet that never answers is given up, as one that may have paid', async () => {
    const mute = await openMutePort()
    const said: string[] = []
    const terminal = { out: async () => true, say: (line: string) => said.push(line) }
    const code = await payCommand(terminal, { invoice: 'lnbcrt1', walletUrl: mute.url, walletTimeoutMs: 200 })
    await mute.close()
    expect([code, said.length]).toEqual([1, 1])
    expect(said[0]).toContain('may have paid; look at its page before you pay again')
  })
})

describe('buy', () => {
  test('pays, asks again and prints the body and nothing else, for a *.localhost address', async () => {
    const ended = await satstile('buy', `${shop.url}/tides`)
    expect(ended).toEqual({ code: 0, out: 'the whole of /tides', said: 'Paid 210 sats.\n' })
    expect(shop.log).toEqual(['/tides 402', '/tides 200'])
  })

  test('with a store the second call is not paid', async () => {
    const store = ['--store', join(folder, 'tokens.json')]
    await satstile('buy', `${shop.url}/tides`, ...store)
    expect(await satstile('buy', `${shop.url}/tides`, ...store)).toEqual({
      code: 0,
      out: 'the whole of /tides',
      said: '',
    })
  })

  test('what costs more than --max-sats is not paid', async () => {
    const ended = await satstile('buy', `${shop.url}/tides`, '--max-sats', '209')
    expect(ended).toMatchObject({ code: 1, out: '' })
    expect(ended.said).toContain('210 sats')
    expect(shop.log).toEqual(['/tides 402'])
  })

  test('a page that is not there ends with 1 and is not paid', async () => {
    const ended = await satstile('buy', `${shop.url}/nothing`)
    expect(ended.code).toBe(1)
    expect(ended.said).toContain('404')
  })

  test('the credential is shown only when asked for', async () => {
    expect((await satstile('buy', `${shop.url}/storms`)).said).not.toContain('L402')
    const shown = await satstile('buy', `${shop.url}/storms`, '--credential')
    const credential = /^Authorization: (L402 \S+)$/m.exec(shown.said)?.[1] ?? ''
    const again = await fetch(`http://127.0.0.1:${shop.port}/storms`, { headers: { Authorization: credential } })
    expect(again.status).toBe(200)
  })
})

describe('buy, when something fails after the payment', () => {
  const REPEAT = 'repeat the request with this header; do not pay again'
  const failures: readonly (readonly [Trick, string])[] = [
    ['503 when paid', 'answered 503'],
    ['drops when paid', 'closed the connection before its answer was whole'],
    ['breaks off when paid', 'sent nothing more for 1 s'],
    ['silent when paid', 'gave no answer for 1 s'],
    ['always 402', 'answered 402'],
  ]

  test.each(failures)('%s: the credential is printed with what to do, and opens the page', async (trick, reason) => {
    shop.trick = trick
    const ended = await satstile('buy', `${shop.url}/tides`, '--timeout', '1')
    expect(ended.code).toBe(1)
    for (const words of ['Paid 210 sats.', reason, REPEAT]) expect(ended.said).toContain(words)
    expect(ended.out).not.toContain('L402')
    shop.trick = 'none'
    expect(await statusWith(headerIn(ended.said))).toBe(200)
  })

  test('a failure before the payment speaks of none', async () => {
    shop.trick = 'silent'
    const ended = await satstile('buy', `${shop.url}/tides`, '--timeout', '1')
    expect(ended).toMatchObject({ code: 1, out: '' })
    expect(ended.said).toContain('gave no answer for 1 s')
    expect(ended.said).not.toMatch(/paid|L402/i)
  })

  test('a reader that is gone before the body comes leaves the credential on the screen', async () => {
    const meddle = (child: ChildProcess) => child.stdout?.destroy()
    const ended = await runProgram(PROGRAM, ['buy', `${shop.url}/tides`], { cwd: folder, meddle })
    expect(ended.code).toBe(1)
    expect(ended.said).toContain(REPEAT)
    expect(await statusWith(headerIn(ended.said))).toBe(200)
  })

  test('Ctrl-C while the paid page is waited for leaves the credential on the screen', async () => {
    shop.trick = 'silent when paid'
    const meddle = (child: ChildProcess) =>
      child.stderr?.on('data', (chunk) => {
        if (String(chunk).includes('Paid 210 sats.')) child.kill('SIGINT')
      })
    const ended = await runProgram(PROGRAM, ['buy', `${shop.url}/tides`], { cwd: folder, meddle })
    expect(ended.code).toBe(1)
    for (const words of ['Stopped', REPEAT]) expect(ended.said).toContain(words)
    shop.trick = 'none'
    expect(await statusWith(headerIn(ended.said))).toBe(200)
  })
})

describe('buy --store', () => {
  test('a file that cannot be written is refused before anything is paid, and named with what to do', async () => {
    const file = join(folder, 'missing/dir/tokens.json')
    const ended = await satstile('buy', `${shop.url}/tides`, '--store', file)
    expect(ended).toMatchObject({ code: 1, out: '' })
    for (const words of ['--store', file, 'make its folder', 'name another file', 'Nothing was paid.']) {
      expect(ended.said).toContain(words)
    }
    expect(ended.said).not.toContain('L402')
    expect(shop.log).toEqual(['/tides 402'])
  })

  test('a file that is no token store is refused before anything is asked, and left as it is', async () => {
    const file = join(folder, 'diary.txt')
    writeFileSync(file, 'Dear diary')
    const ended = await satstile('buy', `${shop.url}/tides`, '--store', file)
    expect(ended).toMatchObject({ code: 1, out: '' })
    for (const words of ['--store', 'not a token store', 'Nothing was paid.']) expect(ended.said).toContain(words)
    expect([readFileSync(file, 'utf8'), shop.log]).toEqual(['Dear diary', []])
  })

  test('a file that vanishes with its folder during the payment costs neither the page nor the credential', async () => {
    const dir = join(folder, 'kept')
    mkdirSync(dir)
    const wallet = await openWalletThat(() => rmSync(dir, { recursive: true }))
    const ended = await satstile(
      ...['buy', `${shop.url}/tides`, '--store', join(dir, 'tokens.json'), '--wallet', wallet.url],
    )
    await wallet.close()
    expect(ended).toMatchObject({ code: 0, out: 'the whole of /tides' })
    for (const words of ['--store', 'cannot be written (ENOENT)', 'Keep this header'])
      expect(ended.said).toContain(words)
    expect(await statusWith(headerIn(ended.said))).toBe(200)
  })
})

describe('what keeps a request from an answer is said with the next step', () => {
  const failsWith = async (url: string, ...words: readonly string[]) => {
    const ended = await satstile('buy', url, '--timeout', '1')
    expect(ended).toMatchObject({ code: 1, out: '' })
    for (const word of words) expect(ended.said).toContain(word)
    expect(ended.said).toMatch(/^[A-Z][^\n]*[.?]\n$/)
  }

  test('nothing listens', async () => {
    const url = await findFreePort()
    await failsWith(url, `Nothing listens at ${new URL(url).host}`, 'is npm start running?')
  })

  test('a port that fetch refuses', () => failsWith('http://127.0.0.1:9/', 'port', '127.0.0.1:9', 'check the address'))

  test('a host that there is not', () => failsWith('http://nothing.invalid/', 'nothing.invalid', 'check the'))

  test('redirects without an end', () =>
    failsWith(`${shop.url}/round`, 'redirects again and again', 'check the address'))

  test('https where plain http is spoken', () => failsWith(`https://127.0.0.1:${shop.port}/`, 'https', 'http://'))

  test('a 402 of another kind', async () => {
    shop.trick = 'no challenge'
    await failsWith(`${shop.url}/tides`, 'asks for payment in a way that is not L402', 'nothing was paid')
  })
})

describe('words that are not understood', () => {
  test('end with 2 and point to --help, which ends with 0', async () => {
    const lines = [
      ...[[], ['sell'], ['pay'], ['--colour'], ['buy', 'ftp://x'], ['buy', 'http://name:pass@x']],
      ...[
        ['--max-sats', '1e3'],
        ['--timeout', '0'],
        ['--wallet', 'nonsense'],
      ].map((option) => ['buy', 'http://x', ...option]),
      ['pay', 'lnbcrt1', '--wallet', 'nonsense'],
    ]
    for (const line of lines) {
      const ended = await satstile(...line)
      expect(ended.code, line.join(' ')).toBe(2)
      expect(ended.said + ended.out).toContain('--help')
      expect(ended.said).not.toContain('name:pass')
    }
    expect((await satstile('pay', 'lnbcrt1', '--wallet', 'nonsense')).said).toContain('--wallet: ')
    const help = await satstile('--help')
    expect(help).toMatchObject({ code: 0, said: '' })
    for (const word of ['pay', 'buy', '--wallet', '--max-sats', '--store']) expect(help.out).toContain(word)
    expect(await satstile('-h')).toEqual(help)
  })

  test('--version prints the version of the package and nothing else', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
    expect(await satstile('--version')).toEqual({ code: 0, out: `${version}\n`, said: '' })
  })

  test('in a clone that is not built the launcher says what to run', async () => {
    mkdirSync(join(folder, 'packages/cli'), { recursive: true })
    cpSync(join(ROOT, 'packages/cli/satstile.js'), join(folder, 'packages/cli/satstile.mjs'))
    const ended = await runProgram(join(folder, 'packages/cli/satstile.mjs'), ['--help'], { cwd: folder })
    expect(ended).toMatchObject({ code: 1, out: '' })
    expect(ended.said).toContain('npm run build')
  })
})
