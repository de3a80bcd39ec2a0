import { expect, test } from 'vitest'
import { createBatches } from './batches.ts'

/** Work that ends when the test says so. */
function createWork() {
  const begun: (readonly number[])[] = []
  const ends: { resolve(): void; reject(cause: Error): void }[] = []
  const work = (batch: readonly number[]) =>
    new Promise<void>((resolve, reject) => {
      begun.push(batch)
      ends.push({ resolve, reject })
    })
  return { begun, ends, work }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('what comes while a batch is worked on becomes the next one, and no two run at once', async () => {
  const { begun, ends, work } = createWork()
  const batches = createBatches<number>({ limit: 10, work, onFailure: () => undefined })
  await Promise.all([batches.add(1), batches.add(2)])
  await turn()
  await Promise.all([batches.add(3), batches.add(4)])
  await turn()
  expect(begun).toEqual([[1, 2]])
  ends[0]?.resolve()
  await turn()
  expect(begun).toEqual([
    [1, 2],
    [3, 4],
  ])
  ends[1]?.resolve()
  await batches.finish()
})

test('a batch that waits while one fails is not begun, nor is anything that comes later, and the failure is told once', async () => {
  const { begun, ends, work } = createWork()
  let failures = 0
  const batches = createBatches<number>({ limit: 10, work, onFailure: () => (failures += 1) })
  await batches.add(1)
  await turn()
  await batches.add(2)
  ends[0]?.reject(new RangeError('the database is gone'))
  await turn()
  await batches.add(3)
  await turn()
  await expect(batches.finish()).rejects.toThrow('the database is gone')
  expect(begun).toEqual([[1]])
  expect(failures).toBe(1)
})

test('who adds to a full batch waits until it was taken', async () => {
  const { ends, work } = createWork()
  const batches = createBatches<number>({ limit: 2, work, onFailure: () => undefined })
  await batches.add(1)
  await turn()
  await batches.add(2)
  let isTaken = false
  const third = batches.add(3).then(() => {
    isTaken = true
  })
  await turn()
  expect(isTaken).toBe(false)
  ends[0]?.resolve()
  await turn()
  ends[1]?.resolve()
  await third
  await batches.finish()
})
