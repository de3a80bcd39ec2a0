import { expect, test } from 'vitest'
import { createMemoryLog } from '#tests/support/log.ts'
import { type JobDeps, runJob } from './jobs.ts'

const signal = new AbortController().signal

test.each([
  ['a name that the table lacks', { name: 'send-letters', payload: {} }],
  ['a name that every object has', { name: 'constructor', payload: {} }],
  ['a payload of another shape', { name: 'check-payment', payload: { paymentHash: 'not a hash' } }],
  ['a payload with a member more', { name: 'prune', payload: { all: true } }],
  ['no payload', { name: 'check-payment', payload: null }],
])('a job of another version, with %s, is told and dropped, and touches nothing', async (_what, job) => {
  const { log, lines } = createMemoryLog()
  // Whatever a job would touch beside the log is not there, and would fail it.
  await runJob({ log } as JobDeps, job, signal)
  expect(lines).toEqual([expect.objectContaining({ level: 'warn', fields: { job: job.name } })])
})
