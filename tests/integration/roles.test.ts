/** A role is one row: from it follow its variables, the refusal of everybody else's secrets, its Postgres role and its process. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { ConfigFault, ROLES, type RoleName, type Roles, readRole } from '#lib/config.ts'
import { databaseRoles, migrate } from '#scripts/migrate.ts'
import { createChild } from '#scripts/start/child.ts'
import { zonePlans } from '#scripts/start/plans.ts'
import { ensureSecrets, passwordNameOf } from '#scripts/start/secrets.ts'
import { readSettings } from '#scripts/start/settings.ts'
import { checkZones, makeZones } from '#scripts/start/zones.ts'
import { createEmptyDatabase } from '#tests/support/database.ts'

/** A right of its own, run by the workers' program. */
const roles: Roles = {
  ...ROLES,
  scratch: {
    process: 'workers',
    secrets: ['DATABASE_URL_SCRATCH', 'LND_SCRATCH_MACAROON'],
    database: { role: 'satstile_scratch_role', url: 'DATABASE_URL_SCRATCH' },
    schema: z.object({
      SATSTILE_MODE: z.enum(['development', 'production']),
      DATABASE_URL_SCRATCH: z.string(),
      LND_SCRATCH_MACAROON: z.string(),
    }),
  },
}
const { role: postgresRole, url: urlVariable } = { role: 'satstile_scratch_role', url: 'DATABASE_URL_SCRATCH' }

let folder = ''
let database: Awaited<ReturnType<typeof createEmptyDatabase>>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'satstile-roles-'))
  database = await createEmptyDatabase()
})
afterAll(async () => {
  await asOwner(`drop owned by ${postgresRole}`)
  await asOwner(`drop role ${postgresRole}`)
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

async function asOwner(sql: string): Promise<void> {
  await ask(database.url, sql)
}

async function ask(url: string, sql: string): Promise<pg.QueryResultRow[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

function start() {
  const settings = readSettings({ DATA_DIR: folder, AWS_SECRET_ACCESS_KEY: 'x' })
  const secrets = ensureSecrets(folder, roles)
  const zones = makeZones(settings, secrets, roles)
  return { settings, secrets, zones, own: zones['scratch' as RoleName] }
}

test('a new role is handed its own secrets, made where there are none, and starts with them', () => {
  const { zones, own, secrets } = start()
  expect(own.LND_SCRATCH_MACAROON).toBe(join(folder, 'devnode/scratch.macaroon'))
  expect(new URL(own[urlVariable] ?? '')).toMatchObject({
    username: postgresRole,
    password: secrets[passwordNameOf(urlVariable)],
  })
  expect(() => checkZones(zones, roles)).not.toThrow()
  expect(ensureSecrets(folder, roles)).toEqual(secrets)
})

test('a new role refuses the secrets of every other, and every other refuses its', () => {
  const { own, zones } = start()
  for (const [name, { secrets }] of Object.entries(ROLES)) {
    for (const variable of secrets) {
      expect(() => readRole(roles, 'scratch', { ...own, [variable]: 'x' })).toThrow(
        `${variable} is a secret of ${name} and must not be given to scratch`,
      )
    }
    expect(() => readRole(roles, name, { ...zones[name as RoleName], LND_SCRATCH_MACAROON: 'x' })).toThrow(
      `LND_SCRATCH_MACAROON is a secret of scratch and must not be given to ${name}`,
    )
  }
})

test('in production a new role refuses what was made for development', () => {
  const { own } = start()
  expect(() => readRole(roles, 'scratch', { ...own, SATSTILE_MODE: 'production' })).toThrow(
    new ConfigFault('scratch', [`${urlVariable} was made for development; production needs one of its own`]),
  )
})

test('a new role has a Postgres role of its own after the migration, and no right that was not granted', async () => {
  const { secrets } = start()
  const password = secrets[passwordNameOf(urlVariable)] ?? ''
  await migrate({ databaseUrl: database.url, rolePasswords: { [postgresRole]: password }, roles })
  expect(databaseRoles(roles)).toEqual([...databaseRoles(), postgresRole])
  const url = Object.assign(new URL(database.url), { username: postgresRole, password })
  expect(await ask(url.href, 'select current_user as name')).toEqual([{ name: postgresRole }])
  await expect(ask(url.href, 'select * from settlement')).rejects.toThrow(/permission denied/)
})

test("a new role's process is started with its own variables only", async () => {
  const { settings, zones } = start()
  const plan = zonePlans(settings, zones, roles).find(({ name }) => name === 'scratch')
  if (plan === undefined) throw new RangeError('there is no plan for scratch')
  const print =
    'console.log(JSON.stringify(Object.keys(process.env))); console.log("ready"); setInterval(() => {}, 1e3)'
  const logFile = join(folder, 'scratch.log')
  const child = createChild(
    { ...plan, logFile, program: async () => ['--eval', print] },
    { onChange: () => undefined, tell: () => undefined },
  )
  await child.start()
  await child.stop()
  const seen: string[] = JSON.parse(readFileSync(logFile, 'utf8').split('\n')[0] ?? '[]')
  const known = Object.values(roles).flatMap(({ schema }) => Object.keys(schema.shape))
  expect(seen.filter((name) => known.includes(name)).sort()).toEqual([
    'DATABASE_URL_SCRATCH',
    'LND_SCRATCH_MACAROON',
    'SATSTILE_MODE',
  ])
  expect(seen).not.toContain('AWS_SECRET_ACCESS_KEY')
})
