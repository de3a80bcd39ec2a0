/** Guards of the workers: what is followed, in which order, and how far it is believed. */
import type { Mutant } from '#scripts/lab/mutant.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'begun-after-failure',
    why: 'a batch that waits while one fails is not begun',
    file: 'workers/batches.ts',
    old: 'while (waiting.length > 0 && failure === null) {',
    new: 'while (waiting.length > 0) {',
    tests: ['workers/batches.test.ts'],
  },
  {
    name: 'added-after-failure',
    why: 'nothing is taken after a failure',
    file: 'workers/batches.ts',
    old: `      if (failure !== null) return
`,
    new: '',
    tests: ['workers/batches.test.ts'],
    harmless: 'what waits after a failure is not begun, whoever adds it',
  },
  {
    name: 'failure-swallowed',
    why: 'the failure is thrown when all is done',
    file: 'workers/batches.ts',
    old: `      if (failure !== null) throw failure.cause
`,
    new: '',
    tests: ['workers/batches.test.ts'],
  },
  {
    name: 'batch-without-bound',
    why: 'who adds to a full batch waits',
    file: 'workers/batches.ts',
    old: `      if (waiting.length >= options.limit) await running
`,
    new: '',
    tests: ['workers/batches.test.ts'],
  },
  {
    name: 'two-batches-at-once',
    why: 'no two batches run at once',
    file: 'workers/batches.ts',
    old: 'running ??= Promise.resolve().then(run)',
    new: 'running = Promise.resolve().then(run)',
    tests: ['workers/batches.test.ts'],
  },
  {
    name: 'cursor-before-sweep',
    why: 'the cursor rises after a complete sweep only',
    file: 'workers/settlement.ts',
    old: `    const result = await sweepInvoices(deps, { backend: deps.backend, scope: 'all', signal })
    if (settleCursor !== null) await raiseCursor(deps.db.client, { backendId, settleCursor })
`,
    new: `    if (settleCursor !== null) await raiseCursor(deps.db.client, { backendId, settleCursor })
    const result = await sweepInvoices(deps, { backend: deps.backend, scope: 'all', signal })
`,
    tests: ['tests/integration/workers/follower.test.ts'],
  },
  {
    name: 'cursor-past-sweep',
    why: 'the cursor stays below what came during the sweep',
    file: 'workers/settlement.ts',
    old: `    const settleCursor = reach.of(backendId)
    const result = await sweepInvoices(deps, { backend: deps.backend, scope: 'all', signal })
`,
    new: `    const result = await sweepInvoices(deps, { backend: deps.backend, scope: 'all', signal })
    const settleCursor = reach.of(backendId)
`,
    tests: ['tests/integration/workers/follower.test.ts'],
  },
  {
    name: 'reach-before-booked',
    why: 'what is not booked yet raises nothing',
    file: 'workers/settlement.ts',
    old: `      await handleUpdates(deps, updates, { backendId, source: 'stream' })
      reach.note(backendId, updates)
`,
    new: `      reach.note(backendId, updates)
      await handleUpdates(deps, updates, { backendId, source: 'stream' })
`,
    tests: ['tests/integration/workers/follower.test.ts'],
    harmless: 'the sweep that must end before the cursor rises looks at that row itself',
  },
  {
    name: 'reach-of-any-node',
    why: 'the cursor belongs to its node',
    file: 'workers/settlement.ts',
    old: 'of: (backendId) => reached.get(backendId) ?? null,',
    new: 'of: (backendId) => reached.get(backendId) ?? [...reached.values()][0] ?? null,',
    tests: ['tests/integration/workers/follower.test.ts'],
  },
  {
    name: 'cursor-goes-back',
    why: 'a lower cursor changes nothing',
    file: 'lib/paywall/settlements/cursor-store.ts',
    old: '\n    where backend_cursor.settle_cursor < excluded.settle_cursor`',
    new: '`',
    tests: ['tests/integration/workers/follower.test.ts'],
  },
  {
    name: 'no-sweep-at-open',
    why: 'what the stream never told is found by the sweep',
    file: 'workers/settlement.ts',
    old: `      sweeping = sweepTwice()
`,
    new: '',
    tests: ['tests/integration/workers/follower.test.ts'],
  },
  {
    name: 'unknown-job-fails',
    why: 'a job of another version is dropped',
    file: 'workers/jobs.ts',
    old: '  if (!row || !payload?.success) {',
    new: '  if (!row) {',
    tests: ['workers/jobs.test.ts'],
  },
  {
    name: 'events-marked-unseen',
    why: 'an event is marked after it was passed on',
    file: 'workers/relay.ts',
    old: 'if (events.length > 0) await markRelayed(deps.db.client, events, deps.clock.now())',
    new: 'if (events.length < 0) await markRelayed(deps.db.client, events, deps.clock.now())',
    tests: ['tests/integration/workers/workers.test.ts'],
  },
  {
    name: 'another-network',
    why: 'a node on another network is refused before it is used',
    file: 'lib/lightning/lnd/lnd.ts',
    old: 'if (node.network !== network) {',
    new: 'if (node.network === null) {',
    tests: ['tests/contract/lnd.test.ts'],
  },
  {
    name: 'same-key-for-ever',
    why: 'another node behind the same address gets its own key',
    file: 'lib/lightning/lnd/lnd.ts',
    old: `      identity.forget()
      throw cause`,
    new: '      throw cause',
    tests: ['tests/contract/lnd.test.ts'],
  },
  {
    name: 'invoice-for-anything',
    why: 'an invoice has an amount above zero',
    file: 'lib/lightning/lnd/lnd.ts',
    old: `  assertInvariant(input.amountMsat > 0n, 'an invoice has an amount above zero')
`,
    new: '',
    tests: ['tests/contract/lnd.test.ts'],
  },
]
