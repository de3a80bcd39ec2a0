import { expect, test } from 'vitest'
import { toSoldHtml, toSoldMarkdown } from './article-text.ts'

const ORIGIN = 'https://harbor.example'
const DIGEST = 'ab'.repeat(32)
const article = (title = 'Tides') => ({
  slug: 'tides',
  title,
  detail: {
    pictures: new Map([[DIGEST, { mediaType: 'image/png', byteLength: 1, inPreview: true, width: 1, height: 1 }]]),
  },
})

test('Markdown begins with the title, whatever stands in it, and never with two', () => {
  expect(toSoldMarkdown(article(), 'Text.', ORIGIN)).toBe('# Tides\n\nText.')
  expect(toSoldMarkdown(article('*A* [b]\n<i>'), 'Text.', ORIGIN)).toBe('# \\*A\\* \\[b\\] \\<i>\n\nText.')
  expect(toSoldMarkdown(article(), '# Tides\n\nText.', ORIGIN)).toBe('# Tides\n\nText.')
})

test('pictures and links to this host are absolute in Markdown; everything else is as it was written', () => {
  const source = `![a](image:${DIGEST})\n\n[b](/storms) [c](https://c.example/x) [d](//d.example) /plain image:${'0'.repeat(64)}`
  expect(toSoldMarkdown(article(), source, ORIGIN)).toBe(
    `# Tides\n\n![a](${ORIGIN}/tides/${DIGEST}.png)\n\n[b](${ORIGIN}/storms) [c](https://c.example/x) [d](//d.example) /plain image:${'0'.repeat(64)}`,
  )
})

test('every size of a picture is absolute in HTML, and what has a host keeps it', () => {
  const html = '<img src="/t/a.jpg" srcset="/t/b.jpg 680w, /t/a.jpg 1500w" sizes="(min-width: 1px) 1px" alt="x, /y">'
  expect(toSoldHtml(html, ORIGIN)).toBe(
    `<img src="${ORIGIN}/t/a.jpg" srcset="${ORIGIN}/t/b.jpg 680w, ${ORIGIN}/t/a.jpg 1500w" sizes="(min-width: 1px) 1px" alt="x, /y">`,
  )
  expect(toSoldHtml('<img src="https://a.example/x"><img src="//a.example/x">', ORIGIN)).not.toContain(ORIGIN)
})

test('pictures are absolute in HTML, and an address that is only text stays text', () => {
  const html = `<p><img src="/tides/x.png" alt="a > b"> &#x3C;img src="/y.png"> <img alt="c" src="/z.png"></p>`
  expect(toSoldHtml(html, ORIGIN)).toBe(
    `<p><img src="${ORIGIN}/tides/x.png" alt="a > b"> &#x3C;img src="/y.png"> <img alt="c" src="${ORIGIN}/z.png"></p>`,
  )
})
