/** `satstile pay` and `satstile buy` as a person runs them, against a real shop and a real dev node. */
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { msat } from '#lib/money.ts'
import type { TestNode } from '#tests/support/dev-node.ts'
import { type PayingShop, startShopWithNode } from '#tests/support/paying-shop.ts'

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

const runProgram = (file: string, args: readonly string[], cwd: string): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, NODE_ENV: 'test' } as const
    const child = spawn(process.execPath, [file, ...args], { cwd, env, timeout: 20_000 })
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
const satstile = (...args: readonly string[]) => runProgram(join(ROOT, 'packages/cli/main.ts'), args, folder)
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
    const ended = await satstile('pay', 'lnbcrt1', '--wallet', 'http://127.0.0.1:9')
    expect(ended).toMatchObject({ code: 1, out: '' })
    expect(ended.said).toContain('npm start')
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

describe('words that are not understood', () => {
  test('end with 2 and point to --help, which ends with 0', async () => {
    const lines = [[], ['sell'], ['pay'], ['buy', 'ftp://x'], ['buy', 'http://x', '--max-sats', '1e3'], ['--colour']]
    for (const line of lines) {
      const ended = await satstile(...line)
      expect(ended.code, line.join(' ')).toBe(2)
      expect(ended.said + ended.out).toContain('--help')
    }
    const help = await satstile('--help')
    expect(help).toMatchObject({ code: 0, said: '' })
    for (const word of ['pay', 'buy', '--wallet', '--max-sats', '--store']) expect(help.out).toContain(word)
  })

  test('in a clone that is not built the launcher says what to run', async () => {
    mkdirSync(join(folder, 'packages/cli'), { recursive: true })
    cpSync(join(ROOT, 'packages/cli/satstile.js'), join(folder, 'packages/cli/satstile.mjs'))
    const ended = await runProgram(join(folder, 'packages/cli/satstile.mjs'), ['--help'], folder)
    expect(ended).toMatchObject({ code: 1, out: '' })
    expect(ended.said).toContain('npm run build')
  })
})
