import { expect, test } from 'vitest'
import { CSV_HEAD, nameOf, type StatementLine, toCsv, toRow } from './statement.ts'

const LINE: StatementLine = {
  line: 3n,
  at: new Date('2026-11-29T01:02:03.004Z'),
  entryId: 'ent_1',
  n: 0,
  kind: 'sale',
  from: 'node',
  to: 'settling',
  amountMsat: 9_007_199_254_740_993n,
  changeMsat: 9_007_199_254_740_995n,
  balanceMsat: 18_014_398_509_481_987n,
  title: 'Tides',
  channel: 'http',
}

test('a file keeps the last millisatoshi of amounts that no JavaScript number holds', () => {
  expect(toRow(LINE)).toMatchObject({ moved_msat: '9007199254740993', balance_msat: '18014398509481987' })
  expect(toCsv(LINE)).toBe(
    '3,2026-11-29T01:02:03.004Z,ent_1,sale,node,settling,9007199254740993,9007199254740995,18014398509481987,"Tides",http\r\n',
  )
})

test('every row has the columns that the head names', () => {
  expect(CSV_HEAD.trim().split(',')).toEqual(Object.keys(toRow(LINE)))
})

test('a title stays one cell, and never becomes a formula', () => {
  expect(toCsv({ ...LINE, title: 'A "b", c\nd' })).toContain('"A ""b"", c\nd",http')
  for (const title of ['=1+1', '+1', '-1', '@a']) expect(toCsv({ ...LINE, title })).toContain(`"'${title}",http`)
})

test('a line is called after what moved', () => {
  const named = [
    [{ kind: 'sale', to: 'settling', n: 0 }, 'sale'],
    [{ kind: 'sale', to: 'fee', n: 1 }, 'fee'],
    [{ kind: 'release', to: 'available', n: 0 }, 'released'],
    [{ kind: 'payout', to: 'reserved', n: 0 }, 'payout'],
    [{ kind: 'payout', to: 'reserved', n: 1 }, 'fee-cap'],
    [{ kind: 'payout-sent', to: 'node', n: 0 }, 'sent'],
    [{ kind: 'payout-sent', to: 'routing', n: 1 }, 'routing'],
    [{ kind: 'payout-sent', to: 'available', n: 2 }, 'fee-returned'],
    [{ kind: 'payout-returned', to: 'available', n: 0 }, 'returned'],
    [{ kind: 'payout-returned', to: 'available', n: 1 }, 'fee-returned'],
  ] as const
  for (const [line, name] of named) expect(nameOf(line)).toBe(name)
})
