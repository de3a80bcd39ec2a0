import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { renderArticle } from './render-article.ts'

const DIGEST = 'ab'.repeat(32)
const render = (markdown: string, cutBlock = 99) =>
  renderArticle(markdown, { cutBlock, picturePath: (digest) => (digest === DIGEST ? `/tides/${digest}.png` : null) })
const html = (markdown: string) => render(markdown).previewHtml

describe('what a creator writes', () => {
  test('becomes paragraphs, lists, quotes, code, tables and emphasis', () => {
    expect(html('One *two* **three** ~~four~~ `five`')).toBe(
      '<p>One <em>two</em> <strong>three</strong> <del>four</del> <code>five</code></p>',
    )
    expect(html('- a\n- b')).toBe('<ul>\n<li>a</li>\n<li>b</li>\n</ul>')
    expect(html('> a')).toBe('<blockquote>\n<p>a</p>\n</blockquote>')
    expect(html('```js\nlet a\n```')).toBe('<pre><code>let a\n</code></pre>')
    expect(html('|a|\n|-|\n|b|')).toContain('<td>b</td>')
    expect(html('- [x] done')).toContain('<input type="checkbox" checked disabled>')
  })

  test('has its highest heading as the page’s second, whatever mark it used', () => {
    expect(html('# A\n\n## B')).toBe('<h2>A</h2>\n<h3>B</h3>')
    expect(html('## A\n\n### B')).toBe('<h2>A</h2>\n<h3>B</h3>')
    expect(html('# A\n\n###### B')).toBe('<h2>A</h2>\n<h6>B</h6>')
  })

  test('links to the web and to mail, without passing on rank or window', () => {
    expect(html('[a](https://b.example/c)')).toBe('<p><a href="https://b.example/c" rel="nofollow noopener">a</a></p>')
    expect(html('[a](mailto:b@c.example)')).toContain('href="mailto:b@c.example"')
    expect(html('[a][r]\n\n[r]: http://b.example')).toContain('href="http://b.example"')
  })

  test('loses links to anything else, keeps their words, and is told the line', () => {
    for (const url of [
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      'data:text/html,x',
      '/elsewhere',
      '//b.example',
      'ftp://b.example',
    ]) {
      const { previewHtml, removed } = render(`one\n\n[words](${url})`)
      expect(previewHtml).toBe('<p>one</p>\n<p>words</p>')
      expect(removed).toEqual([{ line: 3, what: `a link to ${url}`, before: `[words](${url})`, after: 'words' }])
    }
  })

  test('shows its own pictures and no others', () => {
    expect(html(`![sea](image:${DIGEST})`)).toBe(
      `<p><img src="/tides/${DIGEST}.png" alt="sea" loading="lazy" decoding="async"></p>`,
    )
    const { previewHtml, removed, pictures } = render(`![x](https://b.example/x.png)\n\n![x](image:${'cd'.repeat(32)})`)
    expect(previewHtml).not.toContain('<img')
    expect(pictures).toEqual([])
    expect(previewHtml).toBe('<p>x</p>\n<p>x</p>')
    expect(removed).toEqual([
      { line: 1, what: 'a picture from another place', before: '![x](https://b.example/x.png)', after: 'x' },
      { line: 3, what: 'a picture that is no longer there', before: `![x](image:${'cd'.repeat(32)})`, after: 'x' },
    ])
  })

  test('shows a picture in its real size, with copies for narrow windows', () => {
    const place = { path: '/t/a.jpg', width: 1_500, height: 900, smaller: [{ path: '/t/b.jpg', width: 680 }] }
    const { previewHtml } = renderArticle(`![sea](image:${DIGEST})`, { cutBlock: 9, picturePath: () => place })
    expect(previewHtml).toContain('width="1500" height="900" srcset="/t/b.jpg 680w, /t/a.jpg 1500w" sizes="')
  })

  test('is told which pictures have no description', () => {
    const text = ['![](', '![Describe this picture](', '![sea]('].map((mark) => `${mark}image:${DIGEST})`).join('\n\n')
    const { undescribed, previewHtml } = render(text)
    expect(undescribed).toEqual([1, 3])
    expect(previewHtml).not.toContain('Describe this picture')
  })

  test('loses a picture inside a link, and the link keeps its description', () => {
    expect(html('[![build state](https://b.example/b.svg)](https://c.example)')).toBe(
      '<p><a href="https://c.example" rel="nofollow noopener">build state</a></p>',
    )
  })

  test('loses scripts and other people’s pictures in HTML, and is told which and where', () => {
    const { previewHtml, removed } = render('a\n\n<script>alert(1)</script>\n\nb <img src=x onerror=alert(1)> c')
    expect(previewHtml).toBe('<p>a</p>\n<p>b  c</p>')
    expect(removed).toEqual([
      { line: 3, what: 'HTML <script>', before: '<script>alert(1)</script>', after: '' },
      { line: 5, what: 'HTML <img>', before: '<img src=x onerror=alert(1)>', after: '' },
    ])
  })
})

describe('Markdown keeps its meaning', () => {
  test('one tilde is a tilde, two strike out', () => {
    expect(html('It costs ~5 sats, or ~6.')).toBe('<p>It costs ~5 sats, or ~6.</p>')
    expect(html('~~gone~~')).toBe('<p><del>gone</del></p>')
  })

  test.each([
    ['H<sub>2</sub>O and x<sup>2</sup>', '<p>H<sub>2</sub>O and x<sup>2</sup></p>'],
    ['one<br>two<br/>three', '<p>one<br>\ntwo<br>\nthree</p>'],
    ['<kbd>Ctrl</kbd> <mark>here</mark> <u>under</u>', '<p><kbd>Ctrl</kbd> <mark>here</mark> <u>under</u></p>'],
    ['<abbr title="L two">L2</abbr>', '<p><abbr title="L two">L2</abbr></p>'],
    ['<b>*bold*</b>', '<p><b><em>bold</em></b></p>'],
    ['<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>', '<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby></p>'],
    ['<p dir="rtl">שלום</p>', '<p dir="rtl">שלום</p>'],
    ['<a href="https://a.example">a</a>', '<p><a href="https://a.example" rel="nofollow noopener">a</a></p>'],
    ['a <!-- note to self --> b', '<p>a  b</p>'],
  ])('%s is kept', (markdown, expected) => {
    const { previewHtml, removed } = render(markdown)
    expect(previewHtml).toBe(expected)
    expect(removed).toEqual([])
  })

  test('what is folded away stays folded away, with the Markdown in it', () => {
    const { previewHtml, blocks } = render(
      '<details>\n<summary>More</summary>\n\nHidden *text*.\n\n</details>\n\nAfter.',
    )
    expect(previewHtml.replaceAll('\n', '')).toBe(
      '<details><summary>More</summary><p>Hidden <em>text</em>.</p></details><p>After.</p>',
    )
    expect(blocks).toBe(2)
  })

  test('HTML tables and headings are kept, headings below the title', () => {
    expect(html('<table><tr><th>a</th></tr><tr><td>b</td></tr></table>')).toContain('<td>b</td>')
    expect(html('<h1 align="center">Name</h1>\n\ntext').replaceAll('\n', '')).toBe('<h2>Name</h2><p>text</p>')
  })

  test('HTML that means nothing here loses its marks, keeps its words, and both are told', () => {
    const { previewHtml, removed } = render('<div class="x">hello</div>\n\n<font color="red">red</font>')
    expect(previewHtml).toBe('<p>hello</p>\n<p>red</p>')
    expect(removed).toEqual([
      { line: 1, what: 'HTML <div>', before: '<div class="x">hello</div>', after: 'hello' },
      { line: 3, what: 'HTML <font>', before: '<font color="red">', after: '' },
    ])
  })

  test('HTML that nobody closes ends with what it stands in', () => {
    expect(html('a <kbd>b\n\nc')).toBe('<p>a <kbd>b</kbd></p>\n<p>c</p>')
    expect(html('a</kbd> b')).toBe('<p>a b</p>')
    expect(html('<div title="a\n\nstill here')).toBe('<p>still here</p>')
  })

  test('emphasis ends beside Chinese and Japanese punctuation', () => {
    expect(html('**这是重点。**然后')).toBe('<p><strong>这是重点。</strong>然后</p>')
    expect(html('これは**「大事」**です')).toBe('<p>これは<strong>「大事」</strong>です</p>')
  })
})

describe('the cut', () => {
  const TEXT = 'First one.\n\nSecond one.\n\n- third\n\nFourth[^n] one.\n\n[^n]: A note.\n'

  test('divides text, words and pictures between free and paid', () => {
    const cut = renderArticle(`${TEXT}\n![p](image:${DIGEST})`, { cutBlock: 2, picturePath: () => '/p.png' })
    expect(cut.previewHtml).toBe('<p>First one.</p>\n<p>Second one.</p>')
    expect(cut.bodyHtml).toContain('third')
    expect({ words: cut.words, previewWords: cut.previewWords, blocks: cut.blocks }).toEqual({
      words: 9,
      previewWords: 4,
      blocks: 5,
    })
    expect(cut.pictures).toEqual([{ digest: DIGEST, inPreview: false }])
    expect(cut.blockLines).toEqual([1, 3, 5, 7, 11])
  })

  test('a note stands on the side that first mentions it, and its number goes on behind the cut', () => {
    const cut = render('Free[^a].\n\nPaid[^b], and again[^a].\n\n[^b]: The secret.\n[^a]: The hint.\n', 1)
    expect(cut.previewHtml).toBe('<p>Free<sup>1</sup>.</p>\n<hr>\n<ol>\n<li>The hint.</li>\n</ol>')
    expect(cut.bodyHtml).toBe(
      '<p>Paid<sup>2</sup>, and again<sup>1</sup>.</p>\n<hr>\n<ol start="2">\n<li>The secret.</li>\n</ol>',
    )
  })

  test('beyond the end makes all of it free, before the beginning none', () => {
    expect(render(TEXT, 99).bodyHtml).not.toContain('Fourth')
    expect(render(TEXT, -1).previewHtml).toBe('')
  })

  test('a picture on both sides of it is free', () => {
    const { pictures } = render(`![p](image:${DIGEST})\n\n![p](image:${DIGEST})`, 1)
    expect(pictures).toEqual([{ digest: DIGEST, inPreview: true }])
  })
})

const PIECES = [
  ...[
    '<script>',
    '</script>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '<a href="javascript:alert(1)">',
  ],
  ...[
    '[a](javascript:alert(1))',
    '[a](<javascript:x>)',
    '![a](javascript:x)',
    '[r]: javascript:alert(1)',
    '[a][r]',
    '<javascript:x>',
  ],
  ...[
    '&#106;avascript:',
    '\u0000',
    '\u0001javascript:',
    '# h',
    '> ',
    '- ',
    '1. ',
    '```',
    '`',
    '*',
    '_',
    '|a|b|\n|-|-|\n',
    '[^1]',
    '[^1]: n',
  ],
  ...[
    '\n',
    '\n\n',
    '    ',
    '\t',
    'word',
    '<!--',
    '-->',
    '<![CDATA[',
    '"',
    "'",
    '=',
    'on',
    'style=',
    '<details open onclick=x>',
    '<summary style="x">',
    '</details>',
    '<sup class=x>',
    '</sup>',
    '<td><table>',
    '<img src="javascript:x" alt="<b>">',
    '<a href=https://a.example title="x',
    '<textarea>',
    '<!DOCTYPE html>',
    '<?php',
    '<svg><style><img src=x onerror=1>',
    'data:text/html,',
    `image:${DIGEST}`,
  ],
]
const anyMarkdown = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc
    .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 8 })), { maxLength: 30 })
    .map((parts) => parts.join('')),
)

const ALLOWED_TAGS =
  /^(p|h[2-6]|blockquote|ul|ol|li|pre|hr|br|input|img|a|em|strong|del|code|sup|table|thead|tbody|tr|th|td|caption|tfoot|sub|kbd|mark|u|abbr|ins|s|small|q|cite|dfn|samp|var|b|i|wbr|bdi|bdo|ruby|rb|rt|rp|details|summary|dl|dt|dd|figure|figcaption)$/
const ALLOWED_ATTRIBUTES =
  /^(href|title|rel|src|alt|loading|decoding|start|type|disabled|checked|align|open|colspan|rowspan|lang|dir)$/
const TAG = /<\/?([a-z][a-z0-9]*)((?:\s+[a-z]+(?:="[^"]*")?)*)\s*>/gi

/** Whatever in `text` an article must not hold: unknown elements and attributes, foreign addresses, stray brackets. */
function findStrangers(text: string): string[] {
  const found = [...text.matchAll(TAG)]
  const tags = found.map(([, tag = '']) => tag).filter((tag) => !ALLOWED_TAGS.test(tag))
  const attributes = found
    .flatMap(([, , list = '']) => [...list.matchAll(/([a-z]+)(?:="([^"]*)")?/gi)])
    .filter(([, name = '', value = '']) => !isAllowed(name, value))
    .map(([whole]) => whole)
  return [...tags, ...attributes, ...(text.replace(TAG, '').match(/<.*/) ?? [])]
}

function isAllowed(name: string, value: string): boolean {
  if (name === 'href') return /^(https?:\/\/|mailto:)/i.test(value)
  if (name === 'src') return value === `/tides/${DIGEST}.png`
  return ALLOWED_ATTRIBUTES.test(name)
}

describe('whatever is written', () => {
  test('no script, handler, style or foreign address comes out', () => {
    fc.assert(
      fc.property(anyMarkdown, fc.integer({ min: 0, max: 5 }), (markdown, cutBlock) => {
        const { previewHtml, bodyHtml } = render(markdown, cutBlock)
        for (const half of [previewHtml, bodyHtml]) expect(findStrangers(half)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  test('nothing from behind the cut stands in the preview', () => {
    const anyBlock = fc.array(fc.constantFrom('plain', '*x*', '> q', '- i', '[l](https://a.example)', '[^1]'), {
      maxLength: 4,
    })
    fc.assert(
      fc.property(fc.array(anyBlock, { minLength: 1, maxLength: 8 }), fc.nat(8), (blocks, cutBlock) => {
        const text = blocks.map((parts, index) => `block${index} ${parts.join(' ')}`).join('\n\n')
        const { previewHtml, bodyHtml } = render(`${text}\n\n[^1]: SECRETNOTE\n`, cutBlock)
        const isNoteFree = blocks.some((parts, index) => index < cutBlock && parts.includes('[^1]'))
        expect(previewHtml.includes('SECRETNOTE')).toBe(isNoteFree)
        for (const index of blocks.keys()) {
          const isFree = index < cutBlock
          expect(previewHtml.includes(`block${index} `) || previewHtml.includes(`block${index}<`)).toBe(isFree)
          expect(bodyHtml.includes(`block${index} `) || bodyHtml.includes(`block${index}<`)).toBe(!isFree)
        }
      }),
    )
  })
})
