/** The list of mutants cannot rot: each of them can still be planted, and each has tests that are there. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listMutants } from './list-mutants.ts'
import { isSql, plant } from './mutant.ts'

const root = join(import.meta.dirname, '../..')
const all = [...(await listMutants())]

test.each(all)('%s can be planted, and its tests are there', (_id, mutant) => {
  if (!isSql(mutant)) expect(plant(root, mutant)).toContain(mutant.new)
  expect(mutant.tests.length).toBeGreaterThan(0)
  for (const file of mutant.tests) expect(existsSync(join(root, file)), file).toBe(true)
})

const mutant = { name: 'sample', file: 'package.json', why: '', tests: [] }

test.each([
  ['not there', 'this text stands nowhere', 'stands not in package.json'],
  ['there twice', '"', 'times in package.json'],
])('a mutant whose old text is %s is named', (_what, old, message) => {
  expect(() => plant(root, { ...mutant, old, new: '' })).toThrow(message)
  expect(() => plant(root, { ...mutant, old, new: '' })).toThrow('"sample"')
})

test('a mutant that changes nothing is named', () => {
  expect(() => plant(root, { ...mutant, old: '"private"', new: '"private"' })).toThrow('"sample" changes nothing')
})
