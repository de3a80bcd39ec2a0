import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_ARTICLE_LENGTH, refuseArticle } from './article-limits.ts'
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
      expect(removed).toEqual([{ line: 3, what: `a link to ${url}` }])
    }
  })

  test('shows its own pictures and no others', () => {
    expect(html(`![sea](image:${DIGEST})`)).toBe(
      `<p><img src="/tides/${DIGEST}.png" alt="sea" loading="lazy" decoding="async"></p>`,
    )
    const { previewHtml, removed, pictures } = render(`![x](https://b.example/x.png)\n\n![x](image:${'cd'.repeat(32)})`)
    expect(previewHtml).not.toContain('<img')
    expect(pictures).toEqual([])
    expect(removed).toEqual([
      { line: 1, what: 'a picture from another place' },
      { line: 3, what: 'a picture that is no longer there' },
    ])
  })

  test('loses raw HTML, and is told which and where', () => {
    const { previewHtml, removed } = render('a\n\n<script>alert(1)</script>\n\nb <img src=x onerror=alert(1)> c')
    expect(previewHtml).toBe('<p>a</p>\n<p>b  c</p>')
    expect(removed).toEqual([
      { line: 3, what: 'HTML <script>' },
      { line: 5, what: 'HTML <img>' },
    ])
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

  test('leaves notes behind it, also those that the preview mentions', () => {
    const cut = render('Free[^n].\n\nPaid.\n\n[^n]: The secret.\n', 1)
    expect(cut.previewHtml).toBe('<p>Free<sup>1</sup>.</p>')
    expect(cut.bodyHtml).toContain('The secret.')
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
  /^(p|h[2-6]|blockquote|ul|ol|li|pre|hr|br|input|img|a|em|strong|del|code|sup|table|thead|tbody|tr|th|td)$/
const ALLOWED_ATTRIBUTES = /^(href|title|rel|src|alt|loading|decoding|start|type|disabled|checked|align)$/
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
        expect(previewHtml).not.toContain('SECRETNOTE')
        for (const index of blocks.keys()) {
          const isFree = index < cutBlock
          expect(previewHtml.includes(`block${index} `) || previewHtml.includes(`block${index}<`)).toBe(isFree)
          expect(bodyHtml.includes(`block${index} `) || bodyHtml.includes(`block${index}<`)).toBe(!isFree)
        }
      }),
    )
  })
})

describe('a text made to keep a process busy', () => {
  const BOMBS = {
    'five megabytes': 'a '.repeat(2_500_000),
    'nested quotes': '> '.repeat(1000),
    'nested lists': Array.from({ length: 200 }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n'),
    'open brackets': '['.repeat(50_000),
    'open emphasis': '*a **b'.repeat(10_000),
    'many lines': '- a\n'.repeat(40_000),
    'many addresses': 'www.a.b '.repeat(20_000),
  }
  for (const [name, text] of Object.entries(BOMBS)) {
    test(`${name}: is refused with a sentence, before it is parsed`, () => {
      expect(refuseArticle(text)?.message).toMatch(/\.$/)
      expect(() => render(text)).toThrowError(expect.objectContaining({ code: 'input.invalid' }))
    })
  }

  const WORST = {
    'list items': '- a\n'.repeat(4_999),
    'open brackets': `${'['.repeat(1_999)}\n\n`.repeat(10),
    'open emphasis': `${'*a**b'.repeat(660)}\n\n`.repeat(10),
    'one paragraph': 'w '.repeat(99_000),
  }
  for (const [name, text] of Object.entries(WORST)) {
    // About a second; processor time, since other tests run beside this one.
    test(`${name}: just within the limits are rendered in seconds at most`, () => {
      const before = process.cpuUsage()
      expect(refuseArticle(text)).toBeNull()
      expect(render(text).blocks).toBeGreaterThan(0)
      expect(process.cpuUsage(before).user).toBeLessThan(5_000_000)
    }, 30_000)
  }

  test('an ordinary long article is not refused', () => {
    const paragraph = `[The harbor](https://a.example) keeps *two* clocks. ${'One of them is the water. '.repeat(20)}\n\n`
    expect(refuseArticle(paragraph.repeat(Math.floor(MAX_ARTICLE_LENGTH / paragraph.length)))).toBeNull()
    expect(refuseArticle('- a\n  - b\n    - c\n\n        code')).toBeNull()
  })
})
