import { describe, expect, test } from 'vitest'
import { type LightningBackend, LightningFault } from './backend.ts'
import { createBackends } from './registry.ts'

/** A backend that says who it is and can do nothing else. */
function named(id: string | LightningFault): LightningBackend & { closed: boolean } {
  const never = () => Promise.reject(new RangeError('asked'))
  const backend = {
    closed: false,
    capabilities: { list: false, watch: false, reveal: false },
    getId: () => (typeof id === 'string' ? Promise.resolve(id) : Promise.reject(id)),
    createInvoice: never,
    lookupInvoice: never,
    listInvoices: never,
    revealPreimage: never,
    watchInvoices: () => {
      throw new RangeError('asked')
    },
    close() {
      backend.closed = true
    },
  }
  return backend
}

const away = new LightningFault('lightning.unavailable', 'away')

describe('the registry', () => {
  test('gives every creator the platform’s backend, and finds it by its id', async () => {
    const platform = named('lnd:02aa')
    const backends = createBackends(platform)
    expect(backends.getForCreator('cre_1')).toBe(platform)
    expect(backends.list()).toEqual([platform])
    expect(await backends.find('lnd:02aa')).toBe(platform)
  })

  test('finds nothing under an id that is none of ours', async () => {
    expect(await createBackends(named('lnd:02aa')).find('lnd:02bb')).toBeNull()
  })

  test('finds the one that is meant although another one is away', async () => {
    const [first, second] = [named(away), named('lnd:02bb')]
    expect(await createBackends(first, [second]).find('lnd:02bb')).toBe(second)
  })

  test('does not call a backend unknown while one that does not answer may be it', async () => {
    const [first, second] = [named(away), named('lnd:02bb')]
    await expect(createBackends(first, [second]).find('lnd:02cc')).rejects.toBe(away)
  })

  test('closes all of them', () => {
    const [first, second] = [named('lnd:02aa'), named('lnd:02bb')]
    createBackends(first, [second]).close()
    expect([first.closed, second.closed]).toEqual([true, true])
  })
})
