import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openJournal } from './journal.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'satstile-journal-'))
  path = join(folder, 'log')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = () =>
  openJournal<{ n: number }>(path, {
    onFailure: (cause) => {
      throw cause
    },
  })

test('what was appended is there after opening again, in order', async () => {
  const { journal, records } = await open()
  expect(records).toEqual([])
  await Promise.all(Array.from({ length: 100 }, (_, n) => journal.append({ n })))
  await journal.close()
  const again = await open()
  expect(again.records).toEqual(Array.from({ length: 100 }, (_, n) => ({ n })))
  await again.journal.close()
})

test('an append resolves only when its line is in the file', async () => {
  const { journal } = await open()
  for (let n = 0; n < 5; n++) {
    await journal.append({ n })
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(n + 2)
  }
  await journal.close()
})

test('a torn last line is cut off and the next record stands on a line of its own', async () => {
  writeFileSync(path, '{"n":1}\n{"n":2}\n{"n":3')
  const { journal, records } = await open()
  expect(records).toEqual([{ n: 1 }, { n: 2 }])
  await journal.append({ n: 4 })
  await journal.close()
  expect(readFileSync(path, 'utf8')).toBe('{"n":1}\n{"n":2}\n{"n":4}\n')
})

test('a damaged line before the last is not forgotten silently', async () => {
  writeFileSync(path, '{"n":1}\n{"n":\n{"n":3}\n')
  await expect(open()).rejects.toThrow('log:2 is damaged')
})

test('whatever a kill leaves of the last write, everything told before is kept', async () => {
  const { journal } = await open()
  await journal.append({ n: 1 })
  await journal.close()
  const whole = readFileSync(path)
  for (let cut = 0; cut < '{"n":2}\n'.length; cut++) {
    writeFileSync(path, whole)
    appendFileSync(path, '{"n":2}\n'.slice(0, cut))
    const again = await open()
    expect(again.records).toEqual([{ n: 1 }])
    await again.journal.close()
  }
})
