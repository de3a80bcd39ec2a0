/** The random secrets of a copy that runs on embedded parts: made once, kept with mode 0600, marked so that production refuses them. */
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEVELOPMENT_MARK } from '#lib/config.ts'
import { Stop } from './stop.ts'
import { writeFileAtomically } from './write-file.ts'

/** Name in the file -> how a new value is made. */
const MAKERS = {
  KEY_ENCRYPTION_KEYS: () =>
    `${DEVELOPMENT_MARK}${randomBytes(4).toString('hex')}:${randomBytes(32).toString('base64')}`,
  NEXTAUTH_SECRET: marked,
  DEV_SIGN_IN_KEY: marked,
  POSTGRES_PASSWORD: marked,
  POSTGRES_PASSWORD_GATE: marked,
  POSTGRES_PASSWORD_WEB: marked,
  POSTGRES_PASSWORD_JOBS: marked,
} as const

export type SecretName = keyof typeof MAKERS
export type Secrets = Readonly<Record<SecretName, string>>

const NAMES = Object.keys(MAKERS) as SecretName[]
/** Without these what is already in the database can be neither opened nor reached. */
const IRREPLACEABLE: readonly SecretName[] = ['KEY_ENCRYPTION_KEYS', 'POSTGRES_PASSWORD']

function marked(): string {
  return DEVELOPMENT_MARK + randomBytes(32).toString('hex')
}

/** The file's path in a data folder. */
export function secretsFileOf(dataDir: string): string {
  return join(dataDir, 'secrets.env')
}

/** What the file holds now; names it does not know are left out. */
export function readSecrets(dataDir: string): Partial<Record<SecretName, string>> {
  const file = secretsFileOf(dataDir)
  if (!existsSync(file)) return {}
  const lines = readFileSync(file, 'utf8').split('\n')
  const pairs = lines.map((line) => /^([A-Z_]+)=(.+)$/.exec(line.trim()))
  return Object.fromEntries(
    pairs.flatMap((pair) => (pair !== null && NAMES.includes(pair[1] as SecretName) ? [[pair[1], pair[2]]] : [])),
  )
}

/**
 * The secrets of this data folder; what is missing is made and written. Throws `Stop` when a database is there whose keys
 * are lost: new ones would make every token sold so far worthless.
 */
export function ensureSecrets(dataDir: string): Secrets {
  const file = secretsFileOf(dataDir)
  const found = readSecrets(dataDir)
  const missing = NAMES.filter((name) => found[name] === undefined)
  const lost = missing.filter((name) => IRREPLACEABLE.includes(name))
  if (lost.length > 0 && existsSync(join(dataDir, 'postgres', 'PG_VERSION'))) {
    throw new Stop(
      `${file} has lost ${lost.join(' and ')}, and the database in ${dataDir} cannot be opened without. ` +
        `Put the file back from a copy, or remove ${dataDir} to begin anew (everything sold so far is then gone).`,
    )
  }
  const secrets = Object.fromEntries(NAMES.map((name) => [name, found[name] ?? MAKERS[name]()])) as Record<
    SecretName,
    string
  >
  if (missing.length > 0) writeFileAtomically(file, format(secrets), 0o600)
  // Copied or unpacked files lose their mode; nobody else may read these.
  chmodSync(file, 0o600)
  return secrets
}

function format(secrets: Secrets): string {
  const lines = NAMES.map((name) => `${name}=${secrets[name]}`)
  return `# Made by npm start for this data folder, for development only: production refuses them.\n${lines.join('\n')}\n`
}
