/** The only reader of process.env: one row per role, parsed once, every fault reported together with the variable's meaning. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { MEANINGS, type VariableName } from './config-variables.ts'
import { type AllowList, parseAllowList } from './egress/allow.ts'
import { parseRateSources } from './paywall/rates/source.ts'

export type Mode = 'development' | 'production'

/** Secrets made by `npm start` begin with this mark; production refuses them. */
export const DEVELOPMENT_MARK = 'development-'

const port = z.coerce.number().int().min(1).max(65535)
const seconds = z.coerce.number().int().min(1)

const common = {
  SATSTILE_MODE: z.enum(['development', 'production']).default('production'),
  DATA_DIR: z.string().min(1).default('.data'),
  CONTENT_URL: z.string().min(1).default('.data/content'),
  CONTENT_BUCKET: z
    .url()
    .regex(
      /^https?:\/\/[^:@/]+:[^:@/]+@[^/]+\/[a-z0-9.-]{3,63}(?:\?region=[a-z0-9-]+)?$/,
      'expected https://key:secret@host/bucket',
    )
    .optional(),
  APP_URL: z.url().default('http://localhost:3000'),
  CREATOR_HOSTS: z
    .string()
    .regex(/^\*\.[a-z0-9.-]+(:\d+)?$/, 'expected a pattern like *.localhost:8402')
    .default('*.localhost:8402'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  METRICS_HOST: z.string().min(1).default('127.0.0.1'),
}

const namedHosts = z
  .string()
  .regex(/^(?:[a-z0-9.-]+(?::\d+)?=[a-z0-9-]+(?:,(?!$)|$))*$/, 'expected host=handle, comma-separated')

/** Named keys of 32 bytes: `id:base64,…`. */
const namedKeys = z.string().transform((text, context) => {
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

const tokenLimits = z.string().transform((text, context) => {
  const match = /^reads=(\d+(?:\.\d+)?)\/(\d+)$/.exec(text.trim())
  if (match !== null) return { reads: { ratePerSecond: Number(match[1]), burst: Number(match[2]) } }
  context.addIssue({ code: 'custom', message: `expected reads=100/1000, got ${text.slice(0, 40)}` })
  return z.NEVER
})

/** What creators' URLs may lead to besides public addresses. Empty but for the demo and tests. */
const egressAllow = z.string().transform((text, context) => {
  const list = parseAllowList(text)
  if (!('unreadable' in list)) return list
  const message = `expected host:port or a block such as 10.1.0.0/16:8080, got ${list.unreadable.slice(0, 60)}`
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

/** Where the price of a bitcoin comes from. */
const rateSources = z.string().transform((text, context) => {
  const sources = parseRateSources(text)
  if (typeof sources !== 'string') return sources
  context.addIssue({ code: 'custom', message: sources })
  return z.NEVER
})
const rateMaxAge = seconds.default(300)
const RATE_SOURCES = [
  'coinbase=https://api.coinbase.com/v2/exchange-rates?currency=BTC#data.rates.*',
  'coingecko=https://api.coingecko.com/api/v3/exchange_rates#rates.*.value',
  'mempool=https://mempool.space/api/v1/prices#*@time',
  'blockchain=https://blockchain.info/ticker#*.last',
].join(',')

/** Above any reader and any agent that reads for one; development has no such bound, since loads are measured there. */
const PRODUCTION_TOKEN_LIMITS = 'reads=100/1000'
export const DEVELOPMENT_TOKEN_LIMITS = 'reads=1000000/10000000'

/** The budget of reliability.md §9.1; development allows ten thousand times that. */
const PRODUCTION_CHALLENGE_LIMITS = 'client=1/10,network=5/50,resource=20/100,creator=25%,global=50/200'
export const DEVELOPMENT_CHALLENGE_LIMITS =
  'client=10000/100000,network=50000/500000,resource=200000/1000000,creator=100%,global=500000/2000000'

const lnd = {
  LND_SOCKET: z.string().regex(/^[^\s:]+:\d+$/, 'expected host:port'),
  LND_TLS_CERT: z.string().min(1),
  LND_NETWORK: z.enum(['mainnet', 'testnet', 'signet', 'regtest']).default('regtest'),
}
const traces = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
}
const holdSeconds = z.coerce.number().int().min(0).default(600)
const payoutFeePpm = z.coerce.number().int().min(0).max(100_000).default(5_000)
const sats = z.coerce.number().int().min(0)
const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'expected postgresql://…')
const mailFrom = z.string().default('Satstile <no-reply@localhost>')
const optionalUrl = z
  .url()
  .optional()
  .or(z.literal('').transform(() => undefined))

/**
 * A trust zone as it runs: what it may know, as whom it meets Postgres, and which program it is. A new role is one row of
 * `ROLES`: `npm start`, the migrations and the refusal of other roles' secrets follow from it.
 */
export interface Role {
  /** What runs it, kept alive by `npm start`; null: a command that does its work and ends. */
  readonly process: 'gateway' | 'web' | 'workers' | 'door' | null
  /** `npm start` runs it only when this variable is set. */
  readonly onlyWith?: string
  /** Every variable it may see. */
  readonly schema: z.ZodObject
  /** Those of them that no role without a need may see. */
  readonly secrets: readonly string[]
  /** Its Postgres role, the variable with the address by which it logs in, and the role whose rights it has besides its own. */
  readonly database: { readonly role: string; readonly url: string; readonly within?: string }
}
export type Roles = Readonly<Record<string, Role>>

/** What a process needs that mints, verifies and sends what was paid for, at whichever door. */
const gate = {
  ...common,
  ...lnd,
  KEY_ENCRYPTION_KEYS: namedKeys,
  SECRET_OPEN_KEYS: namedKeys,
  LND_INVOICE_MACAROON: z.string().min(1),
  NAMED_HOSTS: namedHosts.default(''),
  DEMO_WALLET_URL: optionalUrl,
  CHALLENGE_LIMITS: challengeLimits.prefault(PRODUCTION_CHALLENGE_LIMITS),
  TOKEN_LIMITS: tokenLimits.prefault(PRODUCTION_TOKEN_LIMITS),
  INVOICE_EXPIRY_SECONDS: seconds.default(900),
  TRUSTED_PROXIES: z.string().default(''),
  EGRESS_ALLOW: egressAllow.prefault(''),
  RATE_MAX_AGE_SECONDS: rateMaxAge,
  ...traces,
}
const GATE_SECRETS = ['KEY_ENCRYPTION_KEYS', 'SECRET_OPEN_KEYS', 'LND_INVOICE_MACAROON'] as const

export const ROLES = {
  gateway: {
    process: 'gateway',
    secrets: ['DATABASE_URL_GATE', ...GATE_SECRETS],
    database: { role: 'satstile_gate', url: 'DATABASE_URL_GATE' },
    schema: z.object({
      ...gate,
      DATABASE_URL_GATE: postgresUrl,
      GATEWAY_PORT: port.default(8402),
      GATEWAY_METRICS_PORT: port.optional(),
      GATEWAY_TLS: z
        .string()
        .regex(/^$|^[^,]+,[^,]+$/, 'expected two files: cert.pem,key.pem')
        .default(''),
    }),
  },
  door: {
    process: 'door',
    onlyWith: 'DOOR_PORT',
    secrets: ['DATABASE_URL_DOOR', ...GATE_SECRETS],
    database: { role: 'satstile_door', url: 'DATABASE_URL_DOOR', within: 'satstile_gate' },
    schema: z.object({
      ...gate,
      WEB_ROLE: z.literal('door'),
      DATABASE_URL_DOOR: postgresUrl,
      DOOR_PORT: port.default(8406),
    }),
  },
  web: {
    process: 'web',
    secrets: ['DATABASE_URL_WEB', 'NEXTAUTH_SECRET', 'DEV_SIGN_IN_KEY', 'SMTP_URL'],
    database: { role: 'satstile_web', url: 'DATABASE_URL_WEB' },
    schema: z.object({
      ...common,
      WEB_ROLE: z.literal('dashboard').default('dashboard'),
      DATABASE_URL_WEB: postgresUrl,
      SECRET_SEAL_KEY: namedKeys,
      WEB_PORT: port.default(3000),
      WEB_METRICS_PORT: port.optional(),
      NEXTAUTH_SECRET: z.string().min(32, 'expected at least 32 characters'),
      NEXTAUTH_URL: z.url().default('http://localhost:3000'),
      SMTP_URL: optionalUrl,
      MAIL_FROM: mailFrom,
      DEMO_WALLET_URL: optionalUrl,
      DEV_SIGN_IN_KEY: z.string().min(32).optional(),
      LND_NETWORK: lnd.LND_NETWORK,
      PAYOUT_SEAL_KEY: namedKeys,
      PAYOUT_FEE_PPM: payoutFeePpm,
      PAYOUT_HOLD_SECONDS: holdSeconds,
      RATE_MAX_AGE_SECONDS: rateMaxAge,
      TRUSTED_PROXIES: z.string().default(''),
    }),
  },
  workers: {
    process: 'workers',
    secrets: ['DATABASE_URL_JOBS', 'LND_READ_MACAROON'],
    database: { role: 'satstile_jobs', url: 'DATABASE_URL_JOBS' },
    schema: z.object({
      ...common,
      ...lnd,
      DATABASE_URL_JOBS: postgresUrl,
      LND_READ_MACAROON: z.string().min(1),
      WORKERS_METRICS_PORT: port.optional(),
      PRUNE_AFTER_SECONDS: z.coerce.number().int().min(0).default(86_400),
      PLATFORM_FEE_PPM: z.coerce.number().int().min(0).max(1_000_000).default(0),
      PAYOUT_HOLD_SECONDS: holdSeconds,
      EGRESS_ALLOW: egressAllow.prefault(''),
      RATE_SOURCES: rateSources.prefault(RATE_SOURCES),
      RATE_MAX_AGE_SECONDS: rateMaxAge,
    }),
  },
  payouts: {
    process: 'workers',
    secrets: ['DATABASE_URL_PAYOUTS', 'LND_SPEND_MACAROON', 'PAYOUT_OPEN_KEYS', 'SMTP_URL'],
    database: { role: 'satstile_payouts', url: 'DATABASE_URL_PAYOUTS' },
    schema: z.object({
      ...common,
      ...lnd,
      DATABASE_URL_PAYOUTS: postgresUrl,
      LND_SPEND_MACAROON: z.string().min(1),
      PAYOUT_OPEN_KEYS: namedKeys,
      PAYOUT_CREATOR_CAP_SAT: sats.default(1_000_000),
      PAYOUT_DAILY_CAP_SAT: sats.default(10_000_000),
      PAYOUT_COOLDOWN_SECONDS: sats.default(86_400),
      PAYOUT_KILL_AT: z.string().optional(),
      EGRESS_ALLOW: egressAllow.prefault(''),
      SMTP_URL: optionalUrl,
      MAIL_FROM: mailFrom,
    }),
  },
  migrate: {
    process: null,
    secrets: ['DATABASE_URL'],
    database: { role: 'satstile', url: 'DATABASE_URL' },
    schema: z.object({ SATSTILE_MODE: common.SATSTILE_MODE, DATABASE_URL: postgresUrl }),
  },
} as const satisfies Roles

export type RoleName = keyof typeof ROLES
export type Config<N extends RoleName> = z.output<(typeof ROLES)[N]['schema']>

/** Which role a process of Next has: what else it may be told follows from that, and is read by `readConfig`. */
export function readWebRole(env: Record<string, string | undefined> = process.env): 'web' | 'door' {
  return env.WEB_ROLE === 'door' ? 'door' : 'web'
}

/** As `readRole`, for a role of ours. */
export function readConfig<N extends RoleName>(
  name: N,
  env: Record<string, string | undefined> = process.env,
): Config<N> {
  // What this row's schema has parsed is of this row's type.
  return readRole(ROLES, name, env) as Config<N>
}

/**
 * Reads the environment of one role. Throws `ConfigFault` that lists every fault at once: missing or malformed
 * variables with their meaning, secrets of another role, and in production secrets that `npm start` made. Values are
 * never part of the message.
 */
export function readRole(
  roles: Roles,
  name: string,
  env: Record<string, string | undefined>,
): Readonly<Record<string, unknown>> {
  const role = roles[name]
  if (role === undefined) throw new RangeError(`there is no role ${name}`)
  const { schema, secrets } = role
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = schema.safeParse(present)
  const faults = [
    ...(parsed.success
      ? []
      : parsed.error.issues.map((issue) => describeIssue(String(issue.path[0]), issue.message, present))),
    ...foreignSecrets(roles, name, present),
    ...(parsed.success && isRealMoney(parsed.data) ? developmentLeftovers(secrets, present) : []),
    ...(parsed.success && isRealMoney(parsed.data) ? portlessAllowed(parsed.data) : []),
  ]
  if (faults.length > 0 || !parsed.success) throw new ConfigFault(name, faults)
  return parsed.data
}

/** The environment cannot be used; `message` lists every fault, one per line. */
export class ConfigFault extends Error {
  constructor(name: string, faults: readonly string[]) {
    super(
      `${name} cannot start; correct these variables (see .env.example) and start again:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    )
    this.name = 'ConfigFault'
  }
}

function describeIssue(name: string, message: string, present: Record<string, unknown>): string {
  const meaning = MEANINGS[name as VariableName] ?? 'unknown variable'
  return present[name] === undefined ? `${name} is missing: ${meaning}` : `${name}: ${message} (${meaning})`
}

function foreignSecrets(roles: Roles, name: string, present: Record<string, unknown>): string[] {
  return Object.entries(roles).flatMap(([other, { secrets }]) =>
    secrets
      .filter((variable) => !roles[name]?.secrets.includes(variable) && present[variable] !== undefined)
      .map((variable) => `${variable} is a secret of ${other} and must not be given to ${name}`),
  )
}

/** Production, or a node on any network but regtest: from there on a secret that somebody else could know is refused. */
function isRealMoney(config: { SATSTILE_MODE?: unknown; LND_NETWORK?: unknown }): boolean {
  return config.SATSTILE_MODE === 'production' || (config.LND_NETWORK ?? 'regtest') !== 'regtest'
}

/** Production refuses what `npm start` made: marked secrets, macaroons of the dev node, the demo wallet. */
function developmentLeftovers(secrets: readonly string[], present: Record<string, string | undefined>): string[] {
  const marked = secrets.filter((variable) => {
    const value = present[variable] ?? ''
    return value.includes(DEVELOPMENT_MARK) || (variable.endsWith('_MACAROON') && fileIsMarked(value))
  })
  return [
    ...marked.map((variable) => `${variable} was made for development; production needs one of its own`),
    ...(['DEMO_WALLET_URL', 'DEV_SIGN_IN_KEY', 'PAYOUT_KILL_AT'] as const)
      .filter((variable) => present[variable] !== undefined)
      .map((variable) => `${variable} is for development only`),
  ]
}

/** A whole block may be opened where nobody's money is; elsewhere an operator says which port is meant. */
function portlessAllowed(config: { EGRESS_ALLOW?: unknown }): string[] {
  const { portless = [] } = (config.EGRESS_ALLOW ?? {}) as Partial<AllowList>
  return portless.map(
    (entry) => `EGRESS_ALLOW: ${entry.slice(0, 60)} needs a port here, such as ${entry.slice(0, 60)}:8080`,
  )
}

function fileIsMarked(path: string): boolean {
  try {
    return readFileSync(path).includes(DEVELOPMENT_MARK)
  } catch {
    return false
  }
}
