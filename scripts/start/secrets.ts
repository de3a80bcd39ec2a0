/** The random secrets of a copy that runs on embedded parts: made once, kept with mode 0600, marked so that production refuses them. */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { DEVELOPMENT_MARK, ROLES, type Roles } from '#lib/config.ts'
import { Stop } from './stop.ts'

/** Name in the file -> how a new value is made. One password for each role's way into Postgres comes on top. */
const MAKERS = {
  KEY_ENCRYPTION_KEYS: namedKey,
  SECRET_OPEN_KEYS: namedKey,
  PAYOUT_OPEN_KEYS: namedKey,
  NEXTAUTH_SECRET: marked,
  DEV_SIGN_IN_KEY: marked,
} as const
const OWNER_PASSWORD = 'POSTGRES_PASSWORD'

type PasswordName = `${typeof OWNER_PASSWORD}${string}`
export type Secrets = Readonly<Record<keyof typeof MAKERS | typeof OWNER_PASSWORD, string>> &
  Readonly<Record<PasswordName, string>>

/** Without these what is already in the database can be neither opened nor reached. */
const IRREPLACEABLE: readonly string[] = ['KEY_ENCRYPTION_KEYS', OWNER_PASSWORD]

/** The password that belongs into the address in this variable: POSTGRES_PASSWORD_GATE into DATABASE_URL_GATE. */
export function passwordNameOf(urlVariable: string): PasswordName {
  return `${OWNER_PASSWORD}${urlVariable.replace(/^DATABASE_URL/, '')}`
}

function makersOf(roles: Roles): Readonly<Record<string, () => string>> {
  const passwords = Object.values(roles).map(({ database }) => [passwordNameOf(database.url), marked] as const)
  return { ...MAKERS, ...Object.fromEntries(passwords) }
}

function namedKey(): string {
  return `${DEVELOPMENT_MARK}${randomBytes(4).toString('hex')}:${randomBytes(32).toString('base64')}`
}

function marked(): string {
  return DEVELOPMENT_MARK + randomBytes(32).toString('hex')
}

/** The file's path in a data folder. */
export function secretsFileOf(dataDir: string): string {
  return join(dataDir, 'secrets.env')
}

/** What the file holds now. */
export function readSecrets(dataDir: string): Readonly<Record<string, string>> {
  const file = secretsFileOf(dataDir)
  if (!existsSync(file)) return {}
  const lines = readFileSync(file, 'utf8').split('\n')
  const pairs = lines.map((line) => /^([A-Z_]+)=(.+)$/.exec(line.trim()))
  return Object.fromEntries(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1], pair[2]]])))
}

/**
 * The secrets of this data folder, for `roles` of ours when left out; what is missing is made and written. Throws `Stop`
 * when a database is there whose keys are lost: new ones would make every token sold so far worthless.
 */
export function ensureSecrets(dataDir: string, roles: Roles = ROLES): Secrets {
  const file = secretsFileOf(dataDir)
  const found = readSecrets(dataDir)
  const makers = Object.entries(makersOf(roles))
  const missing = makers.filter(([name]) => found[name] === undefined).map(([name]) => name)
  const lost = missing.filter((name) => IRREPLACEABLE.includes(name))
  if (lost.length > 0 && existsSync(join(dataDir, 'postgres', 'PG_VERSION'))) {
    throw new Stop(
      `${file} has lost ${lost.join(' and ')}, and the database in ${dataDir} cannot be opened without. ` +
        `Put the file back from a copy, or remove ${dataDir} to begin anew (everything sold so far is then gone).`,
    )
  }
  const secrets = Object.fromEntries(makers.map(([name, make]) => [name, found[name] ?? make()]))
  if (missing.length > 0) writeFileAtomic.sync(file, format(secrets), { mode: 0o600 })
  // Copied or unpacked files lose their mode; nobody else may read these.
  chmodSync(file, 0o600)
  // Every maker's name has a value now.
  return secrets as unknown as Secrets
}

function format(secrets: Readonly<Record<string, string>>): string {
  const lines = Object.entries(secrets).map(([name, value]) => `${name}=${value}`)
  return `# Made by npm start for this data folder, for development only: production refuses them.\n${lines.join('\n')}\n`
}
