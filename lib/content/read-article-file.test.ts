/** Whatever program wrote the file, its title, language and letters arrive, and what does not is named. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readArticleFile } from './read-article-file.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const read = (text: string | Uint8Array) => {
  const file = readArticleFile(typeof text === 'string' ? bytes(text) : text)
  if (file.kind !== 'read') throw new RangeError(file.message)
  return file
}

describe('the title', () => {
  test.each([
    ['# Tides\n\nText.'],
    ['  #   Tides   ##\n\nText.'],
    ['Tides\n=====\n\nText.'],
    ['# *Tides*\n\nText.'],
    ['# [Ti](https://a.example)**des**\n\nText.'],
    ['# <em>Tides</em>\n\nText.'],
    ['\uFEFF# Tides\r\n\r\nText.\r\n'],
    ['<!-- exported -->\n\n# Tides\n\nText.'],
    ['---\ntitle: Tides\n---\n\nText.'],
    ['---\ntitle: "Tides"\n---\n# Tides\n\nText.'],
    ['+++\ntitle = "Tides"\n+++\nText.'],
  ])('%j is Tides, and the text begins behind it', (text) => {
    expect(read(text)).toMatchObject({
      title: 'Tides',
      markdown: expect.stringMatching(/^(?:<!-- exported -->\s+)?Text\.$/),
    })
  })

  test('a heading that says something else than the title stays in the text', () => {
    expect(read('---\ntitle: Tides\n---\n# Slack water\n\nText.')).toMatchObject({
      title: 'Tides',
      markdown: '# Slack water\n\nText.',
    })
    expect(read('## Part one\n\nText.')).toMatchObject({ title: '', markdown: '## Part one\n\nText.' })
  })

  test('a line between dashes that says nothing is no front matter', () => {
    expect(read('---\n\nOnly text.\n\n---\n\nMore.').markdown).toContain('Only text.')
  })
})

describe('front matter', () => {
  test('gives description, address and language, and names what has no place', () => {
    const file = read(
      '---\ntitle: Tides\ndescription: >\n  Two clocks\n  and water.\ndate: 2020-01-02\ntags: [sea, clocks]\nlang: pt_br\nslug: /posts/high-water/\nlayout: post\n---\nText.',
    )
    expect(file).toMatchObject({ lead: 'Two clocks and water.', language: 'pt-BR', slug: 'high-water' })
    expect(file.notes).toEqual(['Of the lines above the text, these have no place here: date, tags.'])
  })

  test('in TOML says the same', () => {
    const file = read(
      '+++\ntitle = "T"\nsummary = "S"\nlanguage = "de"\nurl = "https://a.example/x/y?z"\ndate = 2020-01-02\n+++\nText.',
    )
    expect(file).toMatchObject({ title: 'T', lead: 'S', language: 'de', slug: 'y' })
  })

  test('that is not quite YAML is read line by line', () => {
    expect(read('---\ntitle: Tides: a report\nlang: en\n---\nText.')).toMatchObject({
      title: 'Tides: a report',
      language: 'en',
    })
  })

  test('made to blow up is no worse than any other text', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
      .split('')
      .map((name, n) => `${name}: &${name} [${`*${'abcdefgh'[n]},`.repeat(9)}]`)
      .join('\n')}`
    expect(read(`---\n${bomb}\n---\nText.`).markdown).toContain('Text.')
  })
})

describe('the encoding', () => {
  const RUSSIAN = 'Море приходит и уходит дважды в день, и никто не спрашивает почему.'
  const JAPANESE = '港には二つの時計がある。税関の時計は四分遅れている。'
  test.each([
    ['windows-1251', RUSSIAN],
    ['koi8-r', RUSSIAN],
    ['windows-1252', 'Der Fluß strömt über die Brücke. Schöne Grüße aus Köln, naïve café.'],
    ['shift_jis', JAPANESE],
    ['euc-jp', JAPANESE],
    ['gb18030', '港口有两只钟。海关的钟慢四分钟。'],
    ['big5', '港口有兩隻鐘。海關的鐘慢四分鐘。'],
    ['euc-kr', '항구에는 시계가 두 개 있다. 세관의 시계는 느리다.'],
  ])('%s becomes UTF-8, and the author is told', (label, text) => {
    const file = read(encode(text, label))
    expect(file.markdown).toBe(text)
    expect(file.notes[0]).toMatch(/^The file was in .* and is now UTF-8/)
  })

  test('UTF-16 with and without its mark is read', () => {
    const text = `# Tides\n\nTwo clocks. ${JAPANESE}`
    const little = new Uint8Array(Uint16Array.from([...text].map((char) => char.charCodeAt(0))).buffer)
    const big = little.map((_, index) => little[index ^ 1] ?? 0)
    for (const file of [little, big, new Uint8Array([0xff, 0xfe, ...little]), new Uint8Array([0xfe, 0xff, ...big])])
      expect(read(file).title).toBe('Tides')
  })

  test('a file that is no text is refused with a sentence', () => {
    for (const file of [
      new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 73, 72]),
      bytes('a\0b'),
      new Uint8Array([0x50, 0x4b, 3, 4, 20, 0, 6, 0, 8, 0, 0xff, 0xd8]),
    ])
      expect(readArticleFile(file)).toMatchObject({ kind: 'refused', message: expect.stringMatching(/UTF-8/) })
  })

  test('no bytes become replacement characters', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (file) => {
        const answer = readArticleFile(file)
        if (answer.kind === 'read') expect(answer.title + answer.markdown).not.toContain('\uFFFD')
      }),
    )
  })
})

test('pictures that lie elsewhere are counted, and the text keeps them', () => {
  const file = read('# T\n\n![a](https://b.example/a.png) <img src="https://b.example/c.png">')
  expect(file.notes).toEqual([expect.stringMatching(/^2 pictures lie elsewhere/)])
})

test('a text beyond the limits is refused with the line of the file', () => {
  expect(readArticleFile(bytes(`---\ntitle: T\n---\na\n\n${'> '.repeat(40)}`))).toMatchObject({
    kind: 'refused',
    message: expect.stringMatching(/^Line 6: /),
  })
})

/** The platform only decodes, so every character is looked for among all bytes. */
function encode(text: string, label: string): Uint8Array {
  const decoder = new TextDecoder(label)
  const known = new Map<string, number[]>()
  const note = (code: number[]) => {
    const char = decoder.decode(new Uint8Array(code))
    if ([...char].length === 1 && !known.has(char)) known.set(char, code)
  }
  for (let first = 0; first < 256; first += 1) note([first])
  for (let first = 0x81; first < 0xff; first += 1)
    for (let second = 0x40; second < 0xff; second += 1) note([first, second])
  return new Uint8Array([...text].flatMap((char) => known.get(char) ?? []))
}
