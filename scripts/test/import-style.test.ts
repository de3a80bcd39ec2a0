/** The import style that lint holds every file to. */
import { expect, test } from 'vitest'
import { oddImports } from './import-style.ts'

/** Written so that this file keeps the style itself. */
const quote = (specifier: string) => `'${specifier}'`

test('inside its own folder a file imports by ./, outside of it by alias', () => {
  const text = "import { a } from './a.ts'\nimport { b } from '#lib/money.ts'\nimport pg from 'pg'\n"
  expect(oddImports('lib/gate/handle.ts', text)).toEqual([])
})

test('a way up is told with the alias that stands for it', () => {
  expect(oddImports('lib/gate/routes/claim.ts', `import { a } from ${quote('../request.ts')}`)).toEqual([
    { found: '../request.ts', wanted: '#lib/gate/request.ts' },
  ])
})

test('an alias into the own folder is told with the short form', () => {
  expect(oddImports('lib/gate/handle.ts', "const a = await import('#lib/gate/routes/claim.ts')")).toEqual([
    { found: '#lib/gate/routes/claim.ts', wanted: './routes/claim.ts' },
  ])
})
