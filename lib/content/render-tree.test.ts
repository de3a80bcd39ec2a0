/** A tree says what the HTML says, and can hold nothing that the HTML may not. */
import { expect, test } from 'vitest'
import { renderArticle } from './render-article.ts'

const treeOf = (markdown: string) =>
  renderArticle(markdown, { cutBlock: 0, picturePath: () => null, asTree: true }).bodyTree

test('text, marks and links stand in the tree under their HTML names', () => {
  expect(treeOf('A *high* [tide](https://tides.example/).')).toEqual([
    {
      tag: 'p',
      attributes: {},
      children: [
        'A ',
        { tag: 'em', attributes: {}, children: ['high'] },
        ' ',
        {
          tag: 'a',
          attributes: { href: 'https://tides.example/', rel: 'nofollow noopener' },
          children: ['tide'],
        },
        '.',
      ],
    },
  ])
})

test('scripts, handlers and addresses that run are in no tree', () => {
  const text = JSON.stringify(
    treeOf('<script>alert(1)</script>\n\n<b onclick="alert(2)">bold</b> [run](javascript:alert(3))'),
  )
  expect(text).toContain('bold')
  expect(text).not.toMatch(/alert|script|onclick/)
})

test('there is no tree where none was asked for', () => {
  expect(renderArticle('A tide.', { cutBlock: 0, picturePath: () => null })).not.toHaveProperty('bodyTree')
})
