/** The README's programs buy an article as they are printed; only ports are those of the test. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PAID_SENTENCE, startTestGateway, type TestGateway } from '#tests/support/gateway.ts'

const run = promisify(execFile)

let gateway: TestGateway
let service: string
beforeAll(async () => {
  gateway = await startTestGateway()
  ;({ service } = await gateway.publish({ title: 'Tides', sats: 210 }))
})
afterAll(() => gateway.close())

test.each([
  ['python', 'python3', ['-c']],
  ['javascript', process.execPath, ['--input-type=module', '-e']],
])('the program in %s pays and reads', async (language, program, options) => {
  const { stdout } = await run(program, [...options, printed(language)], { timeout: 60_000 })
  expect(stdout).toContain(`200 ${service} # Tides`)
  expect(stdout).toContain(PAID_SENTENCE)
})

function printed(language: string): string {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
  const [, code = ''] = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(readme) ?? []
  return code
    .replaceAll('localhost:8402', `127.0.0.1:${gateway.port}`)
    .replaceAll('http://localhost:8404', gateway.node.walletUrl.replace(/\/$/, ''))
}
