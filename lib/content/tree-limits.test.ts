import type { Nodes, Root } from 'mdast'
import { expect, test } from 'vitest'
import { assertHtmlLength, assertTreeSize, createAddressBudget, MAX_HTML_LENGTH } from './tree-limits.ts'

const rootOf = (...children: Nodes[]): Root => ({ type: 'root', children: children as Root['children'] })
const text: Nodes = { type: 'text', value: 'a' }
const nested = (depth: number): Nodes => {
  let node: Nodes = text
  for (let n = 0; n < depth; n += 1) node = { type: 'emphasis', children: [node as never] }
  return node
}

test('a tree as deep as it may be passes, and one level more is refused in words', () => {
  expect(() => assertTreeSize(rootOf(nested(47)))).not.toThrow()
  expect(() => assertTreeSize(rootOf(nested(48)))).toThrow(/48 levels deep/)
})

test('a tree far deeper than any stack is refused too', () => {
  expect(() => assertTreeSize(rootOf(nested(200_000)))).toThrow(/levels deep/)
})

test('a tree with as many pieces as it may have passes, and one more is refused in words', () => {
  const many = (count: number) => rootOf({ type: 'paragraph', children: Array(count).fill(text) } as Nodes)
  expect(() => assertTreeSize(many(59_998))).not.toThrow()
  expect(() => assertTreeSize(many(59_999))).toThrow(/60,000 pieces/)
})

test('a table is measured by its columns times its rows', () => {
  const table = (rows: number): Nodes => ({
    type: 'table',
    align: Array(50).fill(null),
    children: Array(rows).fill({ type: 'tableRow', children: [] }),
  })
  expect(() => assertTreeSize(rootOf(table(200)))).not.toThrow()
  expect(() => assertTreeSize(rootOf(table(201)))).toThrow(/cells/)
})

test('addresses of links are added up over all their uses', () => {
  const count = createAddressBudget()
  const link = { line: 3, url: `https://a.example/${'x'.repeat(249_972)}`, title: '0123456789', name: 'r' }
  for (let n = 0; n < 2; n += 1) expect(() => count(link)).not.toThrow()
  expect(() => count({ ...link, url: 'https://b.example', title: '' })).toThrow(/500,000/)
})

test('a page is measured as it will be written, marks that become references included', () => {
  const page = (value: string) => ({ type: 'root' as const, children: [{ type: 'text' as const, value }] })
  expect(assertHtmlLength(page('a'.repeat(1_000)), 0)).toBe(1_000)
  expect(() => assertHtmlLength(page('&'.repeat(MAX_HTML_LENGTH / 6)), 0)).not.toThrow()
  expect(() => assertHtmlLength(page('&'.repeat(MAX_HTML_LENGTH / 6 + 1)), 0)).toThrow(/longer than/)
  expect(() => assertHtmlLength(page('a'), MAX_HTML_LENGTH)).toThrow(/longer than/)
})
