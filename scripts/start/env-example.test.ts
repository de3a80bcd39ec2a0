/** `.env.example` tells of every variable that is read, and of no other. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MEANINGS } from '#lib/config-variables.ts'
import { PORTS } from './settings.ts'

const text = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8')
const lines = text.split('\n')
const variables = lines.flatMap((line, index) => {
  const name = /^#?([A-Z][A-Z0-9_]+)=/.exec(line)?.[1]
  return name === undefined ? [] : [{ name, comment: lines[index - 1] ?? '' }]
})
const embedded = Object.fromEntries(Object.entries(PORTS).map(([name, { use }]) => [name, `port of the ${use}`]))

test('.env.example names every variable that a process or npm start reads, once', () => {
  const expected = [...new Set([...Object.keys(MEANINGS), ...Object.keys(PORTS)])].sort()
  expect(variables.map(({ name }) => name).sort()).toEqual(expected)
})

test.each(variables)('.env.example explains $name as the error messages do', ({ name, comment }) => {
  const meaning = { ...embedded, ...MEANINGS }[name] ?? ''
  expect(comment.startsWith(`# ${meaning}`) || comment === `# port of the database`).toBe(true)
})

test('.env.example gives no secret a value', () => {
  const secrets = lines.filter((line) =>
    /^#?(KEY_ENCRYPTION_KEYS|SECRET_OPEN_KEYS|NEXTAUTH_SECRET|DEV_SIGN_IN_KEY|SMTP_URL)=/.test(line),
  )
  expect(secrets.every((line) => line.endsWith('='))).toBe(true)
})
