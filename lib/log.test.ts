/** A log never keeps a process from its work. */
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const LOG = join(import.meta.dirname, 'log.ts')
const PROGRAM = `
  import { createLog } from ${JSON.stringify(LOG)}
  const log = createLog({ process: 'gateway', level: 'info' })
  for (let line = 0; line < 1_000; line += 1) log.info('a line')
  process.stderr.write('went on')`

/** Always full; only Linux has it. */
const FULL = '/dev/full'

test.runIf(existsSync(FULL))('with no room for its lines, a process goes on without them', () => {
  const full = openSync(FULL, 'w')
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
    timeout: 8_000,
  })
  closeSync(full)
  expect([status, stderr]).toEqual([0, 'went on'])
})

test('with room every line is written, and nothing is said of dropped ones', () => {
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], { encoding: 'utf8' })
  const lines = stdout.trim().split('\n')
  expect(lines).toHaveLength(1_000)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ process: 'gateway', msg: 'a line' })
})

test('a field that is not on the list is dropped, also when a cast let it through', () => {
  const program = `
    import { createLog } from ${JSON.stringify(LOG)}
    const log = createLog({ process: 'gateway', level: 'info' })
    log.info('a line', { code: 'kept', preimage: 'never-written', cause: undefined })`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
  expect(JSON.parse(stdout)).toMatchObject({ msg: 'a line', code: 'kept' })
  expect(stdout).not.toContain('never-written')
})
