/** The only reader of process.env: one schema per process, parsed once, every fault reported together with the variable's meaning. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'

export type Mode = 'development' | 'production'

/** Secrets made by `npm start` begin with this mark; production refuses them. */
export const DEVELOPMENT_MARK = 'development-'

const port = z.coerce.number().int().min(1).max(65535)
const seconds = z.coerce.number().int().min(1)

/** One line per variable: what it means. `.env.example` carries the same names; a test compares them. */
export const MEANINGS = {
  SATSTILE_MODE: 'development or production; unset means production',
  DATA_DIR: 'folder for everything that is kept: database, content, dev node',
  CONTENT_URL: 'folder where published content is kept',
  APP_URL: 'where the dashboard answers, for links: http://localhost:3000',
  CREATOR_HOSTS: 'pattern of the creator hosts: *.localhost:8402',
  NAMED_HOSTS: 'further hosts, each of one creator: localhost:8402=harbor, comma-separated',
  LOG_LEVEL: 'debug, info, warn or error',
  DATABASE_URL: 'Postgres as the owner, for migrations only',
  DATABASE_URL_GATE: 'Postgres as the role of the gateway',
  DATABASE_URL_WEB: 'Postgres as the role of the dashboard',
  DATABASE_URL_JOBS: 'Postgres as the role of the workers',
  KEY_ENCRYPTION_KEYS: 'id:base64 of 32 bytes, comma-separated; the first wraps ring keys, all unwrap them',
  LND_SOCKET: 'host:port of the Lightning node',
  LND_TLS_CERT: "file with the node's TLS certificate",
  LND_NETWORK: 'mainnet, testnet, signet or regtest; must be what the node says',
  LND_INVOICE_MACAROON: 'file with a macaroon that may make invoices',
  LND_READ_MACAROON: 'file with a macaroon that may read invoices',
  GATEWAY_PORT: 'port of the gateway',
  WEB_PORT: 'port of the dashboard',
  DEMO_WALLET_URL: "address of the dev node's demo wallet; development only",
  CHALLENGE_LIMITS: 'client=rate/burst,network=…,resource=…,creator=25%,global=… (rates per second)',
  INVOICE_EXPIRY_SECONDS: 'how long an invoice can be paid',
  PRUNE_AFTER_SECONDS: 'how long unpaid challenges are kept after the node has canceled them',
  TRUSTED_PROXIES: 'addresses or CIDR blocks whose X-Forwarded-For and X-Forwarded-Proto count; empty: nobody',
  PLATFORM_FEE_PPM: 'what the platform keeps of a sale, parts per million',
  PAYOUT_HOLD_SECONDS: 'how long a sale settles before it is available',
  NEXTAUTH_SECRET: 'secret that signs sign-in links',
  NEXTAUTH_URL: 'public address of the dashboard',
  SMTP_URL:
    'smtp://user:password@host:port for sign-in mail; empty: mail goes to the log and the mailbox page (development only)',
  MAIL_FROM: 'sender of sign-in mail',
  DEV_SIGN_IN_KEY: 'opens the demo creator without mail; development only',
} as const

export type VariableName = keyof typeof MEANINGS

const common = {
  SATSTILE_MODE: z.enum(['development', 'production']).default('production'),
  DATA_DIR: z.string().min(1).default('.data'),
  CONTENT_URL: z.string().min(1).default('.data/content'),
  APP_URL: z.url().default('http://localhost:3000'),
  CREATOR_HOSTS: z
    .string()
    .regex(/^\*\.[a-z0-9.-]+(:\d+)?$/, 'expected a pattern like *.localhost:8402')
    .default('*.localhost:8402'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
}

const namedHosts = z
  .string()
  .regex(/^(?:[a-z0-9.-]+(?::\d+)?=[a-z0-9-]+(?:,(?!$)|$))*$/, 'expected host=handle, comma-separated')

const keyEncryptionKeys = z.string().transform((text, context) => {
  const keys = text.split(',').map((part) => /^([a-z0-9-]{1,40}):([A-Za-z0-9+/]{43}=)$/.exec(part.trim()))
  const parsed = keys.map((match) => ({ id: match?.[1] ?? '', key: Buffer.from(match?.[2] ?? '', 'base64') }))
  if (keys.includes(null) || parsed.some((entry) => entry.key.length !== 32)) {
    context.addIssue({ code: 'custom', message: 'expected id:base64 of 32 bytes, comma-separated' })
    return z.NEVER
  }
  return parsed
})

const bucket = /^(client|network|resource|global)=(\d+(?:\.\d+)?)\/(\d+)$/
const challengeLimits = z.string().transform((text, context) => {
  const limits: Record<string, { ratePerSecond: number; burst: number }> = {}
  let creatorPercent = 25
  for (const part of text.split(',')) {
    const match = bucket.exec(part.trim())
    const share = /^creator=(\d{1,3})%$/.exec(part.trim())
    if (match) limits[match[1] ?? ''] = { ratePerSecond: Number(match[2]), burst: Number(match[3]) }
    else if (share) creatorPercent = Number(share[1])
    else context.addIssue({ code: 'custom', message: `expected client=1/10 and so on, got ${part.slice(0, 40)}` })
  }
  const { client, network, resource, global } = limits
  if (!client || !network || !resource || !global) {
    context.addIssue({ code: 'custom', message: 'expected client, network, resource and global' })
    return z.NEVER
  }
  return { client, network, resource, global, creatorPercent }
})

/** The budget of reliability.md §9.1; development allows ten thousand times that. */
export const PRODUCTION_CHALLENGE_LIMITS = 'client=1/10,network=5/50,resource=20/100,creator=25%,global=50/200'
export const DEVELOPMENT_CHALLENGE_LIMITS =
  'client=10000/100000,network=50000/500000,resource=200000/1000000,creator=100%,global=500000/2000000'

const lnd = {
  LND_SOCKET: z.string().regex(/^[^\s:]+:\d+$/, 'expected host:port'),
  LND_TLS_CERT: z.string().min(1),
  LND_NETWORK: z.enum(['mainnet', 'testnet', 'signet', 'regtest']).default('regtest'),
}
const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'expected postgresql://…')
const optionalUrl = z
  .url()
  .optional()
  .or(z.literal('').transform(() => undefined))

export const SCHEMAS = {
  gateway: z.object({
    ...common,
    ...lnd,
    DATABASE_URL_GATE: postgresUrl,
    KEY_ENCRYPTION_KEYS: keyEncryptionKeys,
    LND_INVOICE_MACAROON: z.string().min(1),
    GATEWAY_PORT: port.default(8402),
    NAMED_HOSTS: namedHosts.default(''),
    DEMO_WALLET_URL: optionalUrl,
    CHALLENGE_LIMITS: challengeLimits.prefault(PRODUCTION_CHALLENGE_LIMITS),
    INVOICE_EXPIRY_SECONDS: seconds.default(900),
    TRUSTED_PROXIES: z.string().default(''),
  }),
  web: z.object({
    ...common,
    DATABASE_URL_WEB: postgresUrl,
    WEB_PORT: port.default(3000),
    NEXTAUTH_SECRET: z.string().min(32, 'expected at least 32 characters'),
    NEXTAUTH_URL: z.url().default('http://localhost:3000'),
    SMTP_URL: optionalUrl,
    MAIL_FROM: z.string().default('Satstile <no-reply@localhost>'),
    DEMO_WALLET_URL: optionalUrl,
    DEV_SIGN_IN_KEY: z.string().min(32).optional(),
  }),
  workers: z.object({
    ...common,
    ...lnd,
    DATABASE_URL_JOBS: postgresUrl,
    LND_READ_MACAROON: z.string().min(1),
    PRUNE_AFTER_SECONDS: z.coerce.number().int().min(0).default(86_400),
    PLATFORM_FEE_PPM: z.coerce.number().int().min(0).max(1_000_000).default(0),
    PAYOUT_HOLD_SECONDS: z.coerce.number().int().min(0).default(600),
  }),
  migrate: z.object({ SATSTILE_MODE: common.SATSTILE_MODE, DATABASE_URL: postgresUrl }),
} as const

export type ProcessName = keyof typeof SCHEMAS
export type Config<P extends ProcessName> = z.output<(typeof SCHEMAS)[P]>

/** Secrets of each zone; a process that finds a secret of another zone in its environment refuses to start. */
const ZONE_SECRETS: Record<ProcessName, readonly VariableName[]> = {
  gateway: ['DATABASE_URL_GATE', 'KEY_ENCRYPTION_KEYS', 'LND_INVOICE_MACAROON'],
  web: ['DATABASE_URL_WEB', 'NEXTAUTH_SECRET', 'DEV_SIGN_IN_KEY', 'SMTP_URL'],
  workers: ['DATABASE_URL_JOBS', 'LND_READ_MACAROON'],
  migrate: ['DATABASE_URL'],
}

/**
 * Reads the environment of one process. Throws `ConfigFault` that lists every fault at once: missing or malformed
 * variables with their meaning, secrets of another zone, and in production secrets that `npm start` made. Values are
 * never part of the message.
 */
export function readConfig<P extends ProcessName>(
  name: P,
  env: Record<string, string | undefined> = process.env,
): Config<P> {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = SCHEMAS[name].safeParse(present)
  const faults = [
    ...(parsed.success
      ? []
      : parsed.error.issues.map((issue) => describeIssue(String(issue.path[0]), issue.message, present))),
    ...foreignSecrets(name, present),
    ...(parsed.success && isRealMoney(parsed.data) ? developmentLeftovers(name, present) : []),
  ]
  if (faults.length > 0 || !parsed.success) throw new ConfigFault(name, faults)
  return parsed.data as Config<P>
}

/** The environment cannot be used; `message` lists every fault, one per line. */
export class ConfigFault extends Error {
  constructor(name: ProcessName, faults: readonly string[]) {
    super(
      `${name} cannot start; mend these variables (see .env.example) and start again:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    )
    this.name = 'ConfigFault'
  }
}

function describeIssue(name: string, message: string, present: Record<string, unknown>): string {
  const meaning = MEANINGS[name as VariableName] ?? 'unknown variable'
  return present[name] === undefined ? `${name} is missing: ${meaning}` : `${name}: ${message} (${meaning})`
}

function foreignSecrets(name: ProcessName, present: Record<string, unknown>): string[] {
  const others = (Object.keys(ZONE_SECRETS) as ProcessName[]).filter((other) => other !== name)
  return others.flatMap((other) =>
    ZONE_SECRETS[other]
      .filter((variable) => !ZONE_SECRETS[name].includes(variable) && present[variable] !== undefined)
      .map((variable) => `${variable} is a secret of ${other} and must not be given to ${name}`),
  )
}

/** Production, or a node on any network but regtest: from there on a secret that somebody else could know is refused. */
function isRealMoney(config: { SATSTILE_MODE: Mode; LND_NETWORK?: string }): boolean {
  return config.SATSTILE_MODE === 'production' || (config.LND_NETWORK ?? 'regtest') !== 'regtest'
}

/** Production refuses what `npm start` made: marked secrets, macaroons of the dev node, the demo wallet. */
function developmentLeftovers(name: ProcessName, present: Record<string, string | undefined>): string[] {
  const marked = ZONE_SECRETS[name].filter((variable) => {
    const value = present[variable] ?? ''
    return value.includes(DEVELOPMENT_MARK) || (variable.endsWith('_MACAROON') && fileIsMarked(value))
  })
  return [
    ...marked.map((variable) => `${variable} was made for development; production needs one of its own`),
    ...(['DEMO_WALLET_URL', 'DEV_SIGN_IN_KEY'] as const)
      .filter((variable) => present[variable] !== undefined)
      .map((variable) => `${variable} is for development only`),
  ]
}

function fileIsMarked(path: string): boolean {
  try {
    return readFileSync(path).includes(DEVELOPMENT_MARK)
  } catch {
    return false
  }
}
