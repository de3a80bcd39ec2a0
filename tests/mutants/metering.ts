/** Guards of what is sold by amount: reserving, telling, drawing, cutting, topping up, and what is free. */
import type { Mutant } from '#scripts/lab/mutant.ts'

const RUN = 'lib/paywall/entitlements/run-meter.ts'
const DRAW = 'lib/paywall/entitlements/draw.ts'
const COUNTER = 'lib/paywall/entitlements/counter.ts'
const STREAM = 'lib/gate/measuring/metered-stream.ts'
const STORE = 'lib/paywall/entitlements/entitlement-store.ts'
const VOLUME = ['tests/http/metering/volume.test.ts']
const STREAMS = ['tests/http/metering/streams.test.ts']
const FREE = ['tests/http/metering/free.test.ts']
const DRAWS = ['lib/paywall/entitlements/draw.test.ts']
const COUNTERS = ['lib/paywall/entitlements/counter.test.ts']

export const mutants: readonly Mutant[] = [
  {
    name: 'silence-is-free',
    why: 'an answer that tells nothing costs what was reserved',
    file: DRAW,
    old: 'const charged = told ?? reserved',
    new: 'const charged = told ?? 0n',
    tests: DRAWS,
  },
  {
    name: 'told-more-is-free',
    why: 'what was used beyond the reservation is charged while there is something left',
    file: RUN,
    old: 'if (isClosed) await charge(tx, input, { use, cost: more })',
    new: 'if (isClosed) await charge(tx, input, { use, cost: 0n })',
    tests: VOLUME,
  },
  {
    name: 'drawn-beyond-the-limit',
    why: 'no step brings more than is left',
    file: STORE,
    old: 'greatest(0, ${limit}::bigint - used) as left_over',
    new: '${limit}::bigint as left_over',
    tests: STREAMS,
  },
  {
    name: 'unspent-is-kept',
    why: 'what an answer did not need stays with the token',
    file: RUN,
    old: '({ use, spent: draw.spent, more: 0n })',
    new: '({ use, spent: draw.held, more: 0n })',
    tests: STREAMS,
  },
  {
    name: 'sent-behind-the-end',
    why: 'no byte leaves that is not paid for',
    file: STREAM,
    old: 'if (!isWhole) break',
    new: '',
    tests: STREAMS,
  },
  {
    name: 'time-never-ends',
    why: 'a stream ends with the time that was bought',
    file: RUN,
    old: 'if (rest <= 0 && isLast) return finish(over)',
    new: 'if (rest <= 0 && isLast) return',
    tests: STREAMS,
  },
  {
    name: 'top-ups-overlap',
    why: 'of several top-ups at once none is lost',
    file: COUNTER,
    old: 'raised: root + before - parent',
    new: 'raised: 0n',
    tests: COUNTERS,
  },
  {
    name: 'narrowed-reaches-further',
    why: 'a copy that its holder narrowed stops where it says',
    file: COUNTER,
    old: 'topUp !== undefined && limit === topUp.minted',
    new: 'topUp !== undefined',
    tests: COUNTERS,
  },
  {
    name: 'narrowed-tops-up',
    why: 'the holder of a narrowed copy buys no way to the rest of its owner’s',
    file: 'lib/paywall/entitlements/find-top-up.ts',
    old: 'stated === undefined || conditions.get(name)?.text !== String(stated)',
    new: 'stated === undefined',
    tests: VOLUME,
  },
  {
    name: 'estimate-without-ceiling',
    why: 'a request reserves no more than its seller allows for',
    file: 'lib/paywall/entitlements/volume-meter.ts',
    old: 'wanted < most ? wanted : most',
    new: 'wanted',
    tests: ['lib/paywall/entitlements/volume-meter.test.ts'],
  },
  {
    name: 'first-number-believed',
    why: 'a request that names two numbers reserves the larger one',
    file: 'lib/gate/measuring/peek-body.ts',
    old: "createJsonNumbers([pointer], 'largest')",
    new: 'createJsonNumbers([pointer])',
    tests: VOLUME,
  },
  {
    name: 'free-without-end',
    why: 'so many requests are free and no more',
    file: 'lib/paywall/entitlements/free-use-store.ts',
    old: '    where free_use.used < ${monthly}\n',
    new: '',
    tests: FREE,
  },
  {
    name: 'free-is-cached',
    why: 'what was free for one network is for no shared cache',
    file: 'gateway/carry/proxy-http.ts',
    old: 'return grant !== null || freeLeft !== undefined',
    new: 'return grant !== null || freeLeft === -1',
    tests: FREE,
  },
  {
    name: 'revoked-download-goes-on',
    why: 'a revoked token ends a download',
    file: 'gateway/carry/hosted.ts',
    old: "if (!stands()) throw new Fault('l402.expired', 'the right to an answer is over')",
    new: 'stands()',
    tests: STREAMS,
  },
  {
    name: 'unit-changes',
    why: 'the unit in which something was sold is kept with it',
    file: 'lib/paywall/resources/api/set-rules.ts',
    old: 'return unit === null || unit === meter?.unit ?',
    new: 'return unit === null || unit !== null ?',
    tests: VOLUME,
  },
]
