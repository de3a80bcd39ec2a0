/** What the dashboard prints as sample code buys, as it is printed. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SampleTarget, samplesFor } from '#app/_ui/api/sample-code.ts'
import { type ApiShop, ruleOf, startApiShop } from '#tests/support/api-shop.ts'
import { startUpstream, type TestUpstream } from '#tests/support/upstream.ts'

const run = promisify(execFile)
let folder: string
let upstream: TestUpstream
let shop: ApiShop

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'satstile-samples-'))
  upstream = await startUpstream((req, res) => {
    req.resume()
    res.end(JSON.stringify({ bought: `${req.method} ${req.url}` }))
  })
  shop = await startApiShop([upstream])
  const rules = [
    ruleOf('get', '/**', { sats: 2, methods: ['GET'] }),
    ruleOf('post', '/**', { sats: 3, methods: ['POST'] }),
  ]
  await shop.sell({ slug: 'sampled', url: upstream.url, rules })
})
afterAll(async () => {
  await shop?.close()
  await upstream?.close()
  await rm(folder, { recursive: true, force: true })
})

/** File, program, and what it says of itself where it is installed. */
const TOOLS = [
  ['curl', 'buy.sh', ['sh'], ['curl', '--version']],
  ['JavaScript', 'buy.mjs', [process.execPath], [process.execPath, '--version']],
  ['Python', 'buy.py', ['python3'], ['python3', '--version']],
  ['Go', 'buy.go', ['go', 'run'], ['go', 'version']],
  ['Java', 'Buy.java', ['java'], ['java', '-version']],
] as const

const targetOf = (method: string): SampleTarget => ({
  ...{ method, url: `http://127.0.0.1:${shop.port}/sampled/nodes/1`, host: shop.host },
  wallet: `${shop.node.walletUrl}/pay`,
})

async function isInstalled([program, ...flags]: readonly string[]): Promise<boolean> {
  return run(program ?? '', flags).then(
    () => true,
    () => false,
  )
}

describe.each(TOOLS)('the program in %s', (language, file, [program, ...flags], version) => {
  test('asks, pays and gets the answer', async (context) => {
    if (!(await isInstalled(version))) return context.skip(`${version[0]} is not installed`)
    // What differs in Java between the two is one word, and it takes seconds to start.
    for (const method of language === 'Java' ? ['GET'] : ['GET', 'POST']) {
      const { code = '' } = samplesFor(targetOf(method)).find((sample) => sample.language === language) ?? {}
      await writeFile(path.join(folder, file), `${code}\n`)
      const env = { ...process.env, GOPROXY: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' }
      const { stdout } = await run(program, [...flags, file], { cwd: folder, env })
      expect(stdout).toMatch(/200/)
      expect(stdout).toContain(`{"bought":"${method} /nodes/1"}`)
    }
  })
})

test('where there is no demo wallet, each program asks a person for the proof', () => {
  for (const { code } of samplesFor({ ...targetOf('GET'), host: null, wallet: null })) {
    expect(code).toMatch(/paste the preimage/)
    expect(code).not.toMatch(/\/pay|Host/)
  }
})
