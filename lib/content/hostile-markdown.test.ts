/** Whatever is written is rendered or refused, within a bound of time and size. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_ARTICLE_LENGTH, refuseArticle } from './article-limits.ts'
import { refusalOf } from './refuse.ts'
import { renderArticle } from './render-article.ts'
import { MAX_HTML_LENGTH } from './tree-limits.ts'

const render = (markdown: string) => renderArticle(markdown, { cutBlock: 1, picturePath: () => null })

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

  test('marks have a bound in a paragraph, in a row of a table and in all, and one fewer passes', () => {
    const paragraph = (marks: number) => `Free.\n\n${'['.repeat(1_000)}\n${'*'.repeat(marks - 1_000)}`
    const row = (marks: number) => `a|b\n-|-\n${'['.repeat(900)}|c\n${'*'.repeat(marks)}|d`
    const article = (marks: number) => `${`${'['.repeat(1_999)}\n\n`.repeat(10)}${'*'.repeat(marks - 19_990)}`
    expect(refuseArticle(paragraph(2_000))).toBeNull()
    expect(refuseArticle(paragraph(2_001))).toEqual({ line: 4, message: expect.stringContaining('This paragraph') })
    expect(refuseArticle(row(2_000))).toBeNull()
    expect(refuseArticle(row(2_001))).toEqual({ line: 4, message: expect.stringContaining('This row of a table') })
    expect(refuseArticle(article(20_000))).toBeNull()
    expect(refuseArticle(article(20_001))?.message).toContain('This article has too many marks')
  })

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

describe('a few characters that stand for many', () => {
  const LONG = `https://a.example/${'x'.repeat(60_000)}`
  test.each([
    [
      'references to a long address',
      `[r]: ${LONG}\n\n${'[r] [r] [r]\n\n'.repeat(300)}`,
      /“r” has 60,018 and is used 9 times/,
    ],
    ['a wide table with short rows', `${'|'.repeat(991)}\n${'|-'.repeat(990)}|\n${'a\n'.repeat(10)}`, /table .* 990\./],
    [
      'a long table with short rows',
      `${'|a'.repeat(50)}|\n${'|-'.repeat(50)}|\n${'a\n'.repeat(4_000)}`,
      /10,000 cells/,
    ],
    ['a table in a quote', `> ${'|'.repeat(991)}\n> ${'|-'.repeat(990)}|\n> a`, /table .* 990\./],
    ['a table in a list', `- ${'|'.repeat(991)}\n  ${'|-'.repeat(990)}|\n  a`, /table .* 990\./],
    ['lines that end as on old computers', '- a\r'.repeat(40_000), /5,000 lines/],
    ['elements of HTML in one another', '<b>'.repeat(400), /HTML can be 24 levels deep/],
  ])('%s: refused in the words of what it is', (_, text, words) => {
    const refusal = refusalIn(text)
    expect(refusal?.message).toMatch(words)
    expect(refusal?.line).toBeGreaterThan(0)
  })

  test.each([
    ['a table of 5 columns and 1,000 rows', `|a|b|c|d|e|\n|-|-|-|-|-|\n${'|1|2|3|4|5|\n'.repeat(1_000)}`],
    ['a code block full of brackets', `\`\`\`js\n${'let [a, b] = [*x*, _y_]\n'.repeat(1_000)}\`\`\``],
    ['a hundred notes and links', `${'[a](https://a.example)[^1] '.repeat(100)}\n\n[^1]: note`],
  ])('%s: is an ordinary article', (_, text) => {
    expect(refusalIn(text)).toBeNull()
  })
})

function outcomeOf(text: string) {
  try {
    return render(text)
  } catch (cause) {
    const refusal = refusalOf(cause)
    if (refusal === null) throw cause
    return refusal
  }
}

function refusalIn(text: string) {
  const outcome = outcomeOf(text)
  return 'message' in outcome ? outcome : null
}

const PIECES = [
  ...['[', '](', '](x)', '*', '**', '_', '`', '``', '~~', '<', '<a ', '<a href="', '<!--', '-->', '<?', '<![CDATA['],
  ...[
    '&amp;',
    '&#x',
    '&',
    '\\',
    '|',
    '|-|\n',
    '|-|-|\n',
    '> ',
    '- ',
    '1. ',
    '  ',
    '\t',
    '\n',
    '\n\n',
    '\r',
    '\r\n',
    '\0',
  ],
  ...[
    '\uFEFF',
    'a',
    'word ',
    '[^1]',
    '[^1]: ',
    '[r]',
    '[r]: http://x.example\n',
    'http://',
    'www.',
    'a@b.c',
    '# ',
    '===\n',
  ],
  ...[
    '---\n',
    '```',
    '~~~\n',
    '<details>',
    '</details>',
    '<b>',
    '</b>',
    '<script>',
    '<td>',
    '![',
    '"',
    '(',
    ')',
    '：',
    '**「',
  ],
]
/** A few pieces, some of them thousands of times: what makes parsers slow is nearly always a repetition. */
const hostile = fc
  .array(
    fc.tuple(fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 4_000 })),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((parts) =>
    parts
      .map(([unit, count]) => unit.join('').repeat(count))
      .join('\n')
      .slice(0, MAX_ARTICLE_LENGTH),
  )

test('whatever is repeated is rendered or refused with line and sentence, never longer than a page may be', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const before = process.cpuUsage()
      const outcome = outcomeOf(text)
      if ('message' in outcome) expect(outcome.message).toMatch(/\.$/)
      else expect(outcome.previewHtml.length + outcome.bodyHtml.length).toBeLessThanOrEqual(MAX_HTML_LENGTH)
      expect(process.cpuUsage(before).user).toBeLessThan(5_000_000)
    }),
    { numRuns: 150 },
  )
}, 60_000)
