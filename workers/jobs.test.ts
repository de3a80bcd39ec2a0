import { describe, expect, it } from 'vitest'
import { createMemoryLog } from '#tests/support/log.ts'
import { JOBS, type JobDeps, runJob } from './jobs.ts'

/** Only the log may be touched: anything else would throw. */
function depsWithLog() {
  const { log, lines } = createMemoryLog()
  const deps = new Proxy({ log } as JobDeps, {
    get(target, name) {
      if (name === 'log') return target.log
      throw new RangeError(`${String(name)} was used`)
    },
  })
  return { deps, lines }
}

describe('a job from the queue', () => {
  const signal = new AbortController().signal

  it.each([
    ['a name that this version does not know', { name: 'pay-everyone', payload: {} }],
    ['a name of the language', { name: 'constructor', payload: {} }],
    ['a payload of another shape', { name: 'check-payment', payload: { paymentHash: 'zz' } }],
    ['a payload with more than it should have', { name: 'sweep-all', payload: { from: 0 } }],
    ['no payload', { name: 'sweep-all', payload: undefined }],
  ])('is dropped with a line in the log for %s, and touches nothing', async (_what, job) => {
    const { deps, lines } = depsWithLog()
    await runJob(deps, job, signal)
    expect(lines).toMatchObject([{ level: 'warn' }])
  })

  it('runs when name and payload are as the table says', async () => {
    const { deps } = depsWithLog()
    await expect(runJob(deps, { name: 'relay-events', payload: {} }, signal)).rejects.toThrow('db was used')
  })
})

describe('the table of jobs', () => {
  it('looks at young rows every 20 s and at all of them every 10 min', () => {
    expect(JOBS['sweep-young'].everyMs).toBe(20_000)
    expect(JOBS['sweep-all'].everyMs).toBe(600_000)
  })

  it('leaves no job without a schedule but those that a notice asks for', () => {
    const unscheduled = Object.entries(JOBS).filter(([, { everyMs }]) => everyMs === null)
    expect(unscheduled.map(([name]) => name)).toEqual(['check-payment'])
  })
})
