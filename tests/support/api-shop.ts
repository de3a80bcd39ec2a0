/** A gateway that sells APIs: upstreams on the loopback, put on sale by the verbs of the dashboard. */
import { systemClock } from '#lib/clock.ts'
import { sealKeyOf } from '#lib/crypto.ts'
import type { RuleInput, RuleOffer } from '#lib/paywall/resources/api/rule.ts'
import { setApi } from '#lib/paywall/resources/api/set-api.ts'
import { setRules } from '#lib/paywall/resources/api/set-rules.ts'
import type { Protocol } from '#lib/paywall/resources/api/upstream.ts'
import { startTestGateway, TEST_OPEN_KEY, type TestGateway } from './gateway.ts'
import type { TestUpstream } from './upstream.ts'

interface ApiSeed {
  readonly slug: string
  readonly url: string
  readonly protocol?: Protocol
  readonly rules: readonly RuleInput[]
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

export interface SoldApi {
  readonly resourceId: string
  readonly signingSecret: string
  /** By the name of their rule. */
  readonly services: Readonly<Record<string, string>>
}

export interface ApiShop extends TestGateway {
  /** On sale when it resolves. */
  sell(seed: ApiSeed): Promise<SoldApi>
}

/** A rule for everything below `path`, for ever unless said otherwise. */
export function ruleOf(
  name: string,
  path: string,
  more: Partial<RuleInput> & { sats?: number } & Partial<RuleOffer> = {},
): RuleInput {
  const { sats, methods = [], host = null, tier = 0, capability = null, service = null } = more
  const { lastsSeconds = null, uses = null, rate = null, bytes = null, seconds = null, volume = null } = more
  const { meter = null, pack = null, freeMonthly = null, pricing } = more
  const terms = { lastsSeconds, uses, rate, bytes, seconds, volume, ...(pricing && { pricing }) }
  const offer = sats === undefined ? null : { price: String(sats), ...terms }
  return { name, path, methods, host, tier, capability, service, offer, meter, pack, freeMonthly }
}

export async function startApiShop(
  upstreams: readonly (TestUpstream | { readonly port: number })[],
  options: Parameters<typeof startTestGateway>[0] = {},
): Promise<ApiShop> {
  const egressAllow = upstreams.map(({ port }) => `127.0.0.1:${port}`).join(',')
  const gateway = await startTestGateway({ egressAllow, ...options })
  return { ...gateway, sell: (seed) => sell(gateway, seed) }
}

async function sell(gateway: TestGateway, seed: ApiSeed): Promise<SoldApi> {
  const { creatorId, database } = gateway
  const { slug, url, protocol = 'http', rules, headers = {}, timeoutMs = 5_000 } = seed
  const deps = { db: database.web, sealKey: sealKeyOf(TEST_OPEN_KEY), clock: systemClock }
  const saved = await setApi(deps, {
    creatorId,
    resourceId: null,
    slug,
    title: slug,
    url,
    protocol,
    timeoutMs,
    headers,
  })
  if (saved.kind !== 'saved') throw new TypeError(`not saved: ${JSON.stringify(saved)}`)
  const { resourceId, signingSecret } = saved
  const ruled = await setRules(deps, { creatorId, resourceId, rules })
  if (ruled.kind !== 'saved') throw new TypeError(`no rules: ${JSON.stringify(ruled)}`)
  await gateway.changed()
  const services = Object.fromEntries(
    ruled.rules.flatMap(({ name, service }) => (service === null ? [] : [[name, service]])),
  )
  return { resourceId, signingSecret: signingSecret ?? '', services }
}
