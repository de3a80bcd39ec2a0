/** The services of an aperture.yaml become APIs of a creator: told line by line first, made with --apply. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '#lib/clock.ts'
import { readConfig } from '#lib/config.ts'
import { openDatabase } from '#lib/db.ts'
import { createLog } from '#lib/log.ts'
import { findCreatorByHandle } from '#lib/paywall/creators/creator-store.ts'
import { type Remark, readApertureFile } from '#lib/paywall/resources/api/aperture/aperture-file.ts'
import { type ImportPlan, type PlannedApi, planImport } from '#lib/paywall/resources/api/aperture/plan-import.ts'
import type { RuleInput } from '#lib/paywall/resources/api/rule.ts'
import { type SetApiDeps, setApi } from '#lib/paywall/resources/api/set-api.ts'
import { setRules } from '#lib/paywall/resources/api/set-rules.ts'
import { readZones } from './operator/open-books.ts'
import { runCommand } from './operator/run-command.ts'
import { Stop } from './start/stop.ts'

const HELP = `Usage: npx satstile import <aperture.yaml> [--creator HANDLE --apply] [--env-file FILE]

Reads the services of Aperture's configuration and says which APIs they become, rule by rule, and which lines mean nothing
here or something else. Nothing is opened, asked or changed.

  --creator HANDLE  whose APIs they become
  --apply           make them; an API whose address is taken is left as it is, so it may be run again
  --env-file FILE   read variables from FILE first; what the environment already has wins
  --help            this text

With --apply it needs DATABASE_URL and SECRET_SEAL_KEY; in development those of DATA_DIR are found. Secret fields that stand
in files of their own (!file+hex:, !file+base64:) are read then. The key with which requests to a server are signed is
printed once.`

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      creator: { type: 'string' },
      apply: { type: 'boolean' },
      'env-file': { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return console.log(HELP)
  const [path, ...others] = positionals
  if (path === undefined || others.length > 0) throw new Stop('Say which file: npx satstile import aperture.yaml')
  const plan = readPlan(path)
  console.log(describePlan(plan))
  if (plan.faults.length > 0)
    throw new Stop(`Nothing was made: ${plan.faults.length} of these lines cannot be taken over.`)
  if (values.apply !== true) return console.log('\nNothing was made. Run it again with --creator HANDLE --apply.')
  if (values.creator === undefined) throw new Stop('Say whose APIs they become: --creator HANDLE.')
  await apply({ path, plan, handle: values.creator, envFile: values['env-file'] })
}

function readPlan(path: string): ImportPlan {
  const file = readApertureFile(readText(path))
  return file.kind === 'file' ? planImport(file) : { apis: [], notes: [], faults: file.faults }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Stop(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

function describePlan({ apis, notes, faults }: ImportPlan): string {
  const parts = [
    ...(faults.length === 0 ? apis.map(describeApi) : []),
    ...(notes.length === 0 || faults.length > 0
      ? []
      : [`Not taken over, or read otherwise:\n${notes.map(tell).join('\n')}`]),
    ...(faults.length === 0 ? [] : [`Cannot be taken over:\n${faults.map(tell).join('\n')}`]),
  ]
  return parts.join('\n\n')
}

function tell({ line, field, sentence }: Remark): string {
  return `  line ${line}, ${field}: ${sentence}`
}

function describeApi({ slug, title, url, headers, rules }: PlannedApi): string {
  const fields = Object.keys(headers)
  return [
    `/${slug} (${title}) -> ${url}`,
    ...(fields.length === 0 ? [] : [`  sends ${fields.join(', ')}`]),
    ...rules.map((rule) => `  ${describePrice(rule).padEnd(28)} ${rule.path}`),
  ].join('\n')
}

function describePrice({ offer }: RuleInput): string {
  if (offer === null) return 'free'
  const price = offer.pricing ? `asks ${offer.pricing.endpoint?.url}` : `${offer.price} sats`
  const lasts = offer.lastsSeconds === null ? '' : `, for ${offer.lastsSeconds} s`
  return `${price}${lasts}${offer.rate === null ? '' : `, ${offer.rate} s`}`
}

interface Applying {
  readonly path: string
  readonly plan: ImportPlan
  readonly handle: string
  readonly envFile: string | undefined
}

async function apply({ path, plan, handle, envFile }: Applying): Promise<void> {
  const zones = readZones(envFile)
  const { DATABASE_URL } = readConfig('migrate', zones.migrate)
  const sealKey = Buffer.from(zones.web.SECRET_SEAL_KEY?.split(':')[1] ?? '', 'base64')
  if (sealKey.length !== 32)
    throw new Stop('SECRET_SEAL_KEY is missing: id:base64 of 32 bytes, as the dashboard has it.')
  const db = openDatabase({ url: DATABASE_URL, log: createLog({ process: 'import', level: 'error' }), poolSize: 2 })
  try {
    const creator = await findCreatorByHandle(db.client, handle)
    if (creator === null) throw new Stop(`There is no creator of the handle ${handle}.`)
    const deps = { db, sealKey, clock: systemClock }
    for (const api of plan.apis) console.log(await make(deps, { creatorId: creator.id, api, folder: dirname(path) }))
  } finally {
    await db.close()
  }
}

async function make(
  deps: SetApiDeps & { clock: typeof systemClock },
  { creatorId, api, folder }: { creatorId: string; api: PlannedApi; folder: string },
): Promise<string> {
  const { rules, ...seed } = api
  const headers = Object.fromEntries(
    Object.entries(api.headers).map(([name, value]) => [name, readHeader(value, folder)]),
  )
  const saved = await setApi(deps, { ...seed, creatorId, resourceId: null, headers })
  if (saved.kind === 'invalid' && Object.keys(saved.fields).join() === 'slug')
    return `/${api.slug} is there already: left as it is.`
  if (saved.kind !== 'saved') throw new Stop(`/${api.slug} was not made: ${JSON.stringify(saved)}`)
  const ruled = await setRules(deps, { creatorId, resourceId: saved.resourceId, rules })
  if (ruled.kind !== 'saved') throw new Stop(`/${api.slug} has no rules: ${JSON.stringify(ruled)}`)
  return `/${api.slug} is on sale. Its requests are signed with ${saved.signingSecret}`
}

/** As Aperture reads it: the bytes of a file, in hex or base64. */
function readHeader(value: string, folder: string): string {
  const [, encoding, path = ''] = /^!file\+(hex|base64):(.+)$/.exec(value) ?? []
  if (encoding === undefined) return value
  try {
    return readFileSync(resolve(folder, path)).toString(encoding as 'hex' | 'base64')
  } catch (cause) {
    throw new Stop(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

if (import.meta.main) runCommand('import-aperture', main)
