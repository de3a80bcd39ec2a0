/** The cursor rule, step by step: it never claims more than a complete sweep has proven. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { InvoiceUpdate, LightningBackend } from '#lib/lightning/backend.ts'
import { createBackends } from '#lib/lightning/registry.ts'
import type { IssuedChallenge } from '#lib/paywall/challenges/issue-challenge.ts'
import { raiseCursor, readCursor } from '#lib/paywall/settlements/cursor-store.ts'
import { findSettlement } from '#lib/paywall/settlements/settlement-store.ts'
import { askFor, issued, type MoneyWorld, openMoneyWorld } from '#tests/support/money-world.ts'
import { until } from '#tests/support/until.ts'
import { createFollower } from '#workers/settlement.ts'

let world: MoneyWorld
beforeAll(async () => {
  world = await openMoneyWorld()
})
afterAll(() => world.close())

const cursor = () => readCursor(world.database.jobs.client, world.backendId)
const isSettled = async ({ paymentHash }: IssuedChallenge) =>
  (await findSettlement(world.database.jobs.client, paymentHash)) !== null

async function buy(): Promise<{ challenge: IssuedChallenge; update: InvoiceUpdate }> {
  const challenge = await issued(world, askFor(await world.createCreator()))
  await world.node.pay(challenge.invoice)
  const update = await world.jobsBackend.lookupInvoice(challenge.paymentHash)
  if (update?.state !== 'settled') throw new RangeError('not settled')
  return { challenge, update }
}

/** A node whose stream says only what the test lets it say; everything else is the real one. */
function scripted(overrides: Partial<LightningBackend> = {}) {
  const waiting: InvoiceUpdate[] = []
  const asked: (string | null)[] = []
  let wake: () => void = () => undefined
  const backend: LightningBackend = {
    ...world.jobsBackend,
    async *watchInvoices({ after, signal, onOpen }) {
      asked.push(after)
      signal.addEventListener('abort', () => wake())
      onOpen?.()
      while (!signal.aborted) {
        const next = waiting.shift()
        if (next !== undefined) yield next
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
    ...overrides,
  }
  return {
    backend,
    asked,
    say(update: InvoiceUpdate) {
      waiting.push(update)
      wake()
    },
  }
}

async function following<T>(
  backend: LightningBackend,
  work: (follower: ReturnType<typeof createFollower>) => Promise<T>,
) {
  const stop = new AbortController()
  const follower = createFollower({ ...world.settleDeps, backends: createBackends(backend), backend })
  const running = follower.run(stop.signal)
  try {
    return await work(follower)
  } finally {
    stop.abort()
    await running
  }
}

it('does not rise with an update, only with the complete sweep that began after it', async () => {
  const node = scripted()
  await following(node.backend, async (follower) => {
    await follower.started
    const { challenge, update } = await buy()
    node.say(update)
    await until('it is credited', () => isSettled(challenge))
    expect(((await cursor()) ?? '') < (update.settleCursor ?? '')).toBe(true)
    await follower.sweepAll(new AbortController().signal)
    expect(await cursor()).toBe(update.settleCursor)
  })
})

it('does not rise by a sweep that failed', async () => {
  let broken = false
  const node = scripted({
    lookupInvoice: (hash) => (broken ? Promise.reject(new RangeError('away')) : world.jobsBackend.lookupInvoice(hash)),
  })
  await following(node.backend, async (follower) => {
    await follower.started
    const before = await cursor()
    const { challenge, update } = await buy()
    node.say(update)
    await until('it is credited', () => isSettled(challenge))
    await issued(world, askFor(await world.createCreator()))
    broken = true
    await expect(follower.sweepAll(new AbortController().signal)).rejects.toThrow('away')
    expect(await cursor()).toBe(before)
    broken = false
  })
})

it('does not rise past an update that came while the sweep was under way', async () => {
  let hold: Promise<void> | null = null
  const node = scripted({
    lookupInvoice: async (hash) => {
      await hold
      return world.jobsBackend.lookupInvoice(hash)
    },
  })
  await following(node.backend, async (follower) => {
    await follower.started
    const first = await buy()
    node.say(first.update)
    await until('the first is credited', () => isSettled(first.challenge))
    await issued(world, askFor(await world.createCreator()))
    let letGo: () => void = () => undefined
    hold = new Promise((resolve) => (letGo = resolve))
    const sweeping = follower.sweepAll(new AbortController().signal)
    const second = await buy()
    node.say(second.update)
    await until('the second is credited', () => isSettled(second.challenge))
    letGo()
    await sweeping
    expect(await cursor()).toBe(first.update.settleCursor)
  })
})

it('is where the next stream begins, and a sale that the stream never told is found by the sweep after it opened', async () => {
  const { challenge } = await buy()
  const at = await cursor()
  const node = scripted()
  await following(node.backend, async () => {
    await until('the sweep credits it', () => isSettled(challenge))
    expect(node.asked).toEqual([at])
  })
})

it('belongs to its node: another node begins at zero', async () => {
  expect(await cursor()).not.toBeNull()
  const node = scripted({ getId: async () => 'lnd:another' })
  await following(node.backend, async (follower) => {
    await follower.started
    expect(node.asked).toEqual([null])
  })
})

it('of one node is never raised by what another at the same address has told', async () => {
  const { challenge, update } = await buy()
  let nodeId = world.backendId
  const node = scripted({ getId: async () => nodeId })
  await following(node.backend, async (follower) => {
    await follower.started
    node.say(update)
    await until('the update is booked, and the cursor has risen to it', async () => {
      await follower.sweepAll(new AbortController().signal)
      return (await isSettled(challenge)) && (await cursor()) === update.settleCursor
    })
    nodeId = 'lnd:a-third'
    await follower.sweepAll(new AbortController().signal)
    expect(await readCursor(world.database.jobs.client, 'lnd:a-third')).toBeNull()
  })
})

it('is not lowered by a follower that is behind, and that is no fault', async () => {
  const raise = (settleCursor: string) =>
    raiseCursor(world.database.jobs.client, { backendId: 'lnd:a-fourth', settleCursor })
  await raise('00000000000000000007')
  await raise('00000000000000000003')
  await raise('00000000000000000007')
  expect(await readCursor(world.database.jobs.client, 'lnd:a-fourth')).toBe('00000000000000000007')
})
