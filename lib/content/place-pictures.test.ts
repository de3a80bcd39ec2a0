import { describe, expect, test } from 'vitest'
import { placePictures } from './place-pictures.ts'
import { renderArticle } from './render-article.ts'

const DIGEST = 'ab'.repeat(32)
const URL_A = 'https://b.example/a.png'
const OWN = `image:${DIGEST}`
const place = (markdown: string, ...urls: string[]) =>
  placePictures(markdown, new Map((urls.length === 0 ? [URL_A] : urls).map((url) => [url, DIGEST])))

describe('a picture from elsewhere becomes one of the article', () => {
  test.each([
    [`![a](${URL_A})`, `![a](${OWN})`],
    [`![a *b* \\[c\\]](<${URL_A}> "title")`, `![a *b* \\[c\\]](<${OWN}> "title")`],
    [`![${URL_A}](${URL_A})`, `![${URL_A}](${OWN})`],
    [`[![a](${URL_A})](${URL_A})`, `[![a](${OWN})](${URL_A})`],
    [`> - text ![a](${URL_A}) and ![b](${URL_A})`, `> - text ![a](${OWN}) and ![b](${OWN})`],
    [`![a][x] [link][x]\n\n[x]: ${URL_A}`, `![a](${OWN}) [link][x]\n\n[x]: ${URL_A}`],
    [`![x]\n\n[x]: ${URL_A}`, `![x](${OWN})\n\n[x]: ${URL_A}`],
    [`<img src="${URL_A}" alt="a">`, `<img src="${OWN}" alt="a">`],
    [
      `<p><a href="${URL_A}"><img alt=a src=${URL_A}></a></p>`,
      `<p><a href="${URL_A}"><img alt=a src="${OWN}"></a></p>`,
    ],
  ])('%s', (before, after) => {
    expect(place(before)).toBe(after)
    const { pictures, elsewhere } = renderArticle(after, { cutBlock: 0, picturePath: () => '/p' })
    expect([pictures.map(({ digest }) => digest), elsewhere]).toEqual([[DIGEST], []])
  })

  test('however its address is written', () => {
    const url = 'https://b.example/a.png?x=1&y=2'
    expect(place('![a](https://b.example/a.png?x=1&amp;y=2)', url)).toBe(`![a](${OWN})`)
    expect(place('<img src="https://b.example/a.png?x=1&amp;y=2">', url)).toBe(`<img src="${OWN}">`)
  })
})

test.each([
  `\`![a](${URL_A})\``,
  `\`\`\`\n![a](${URL_A})\n\`\`\``,
  `\\![a](${URL_A})`,
  `[a](${URL_A})`,
  `![a](${URL_A}2)`,
  `text ${URL_A}`,
])('what is no such picture stays as it is: %j', (text) => {
  expect(place(text)).toBe(text)
})

test('the list of addresses is what the rendering left out, each once', () => {
  const text = `![a](${URL_A}) ![b](${URL_A}) <img src="http://c.example/?a&amp;b"> ![d](data:image/png;base64,x) ![e](/e.png)`
  expect(renderArticle(text, { cutBlock: 0, picturePath: () => null }).elsewhere).toEqual([
    URL_A,
    'http://c.example/?a&b',
  ])
})
