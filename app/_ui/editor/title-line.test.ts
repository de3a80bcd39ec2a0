/** Guarantees of the title line: what is shown as one text is stored as two and comes back the same. */
import { describe, expect, it } from 'vitest'
import { joinTitle, splitTitle } from './title-line.ts'

describe('title line', () => {
  it('comes back as it was written', () => {
    const shown = joinTitle('Tides', 'The harbor keeps two clocks.\n\nMore.')
    expect(splitTitle(shown)).toEqual({
      title: 'Tides',
      markdown: 'The harbor keeps two clocks.\n\nMore.',
      linesBefore: 2,
    })
    expect(joinTitle('', '')).toBe('')
  })

  it('keeps a text that is still being given a title', () => {
    expect(splitTitle('# \n\ntext')).toEqual({ title: '', markdown: 'text', linesBefore: 2 })
    expect(splitTitle('#')).toMatchObject({ title: '', markdown: '' })
  })

  it('takes a short first line that stands alone for the title', () => {
    expect(splitTitle('Tides\r\n\r\nThe harbor.')).toMatchObject({ title: 'Tides', markdown: 'The harbor.' })
  })

  it('takes a first line that is underlined for the title', () => {
    expect(splitTitle('Tides\n=====\n\nThe harbor.')).toEqual({
      title: 'Tides',
      markdown: 'The harbor.',
      linesBefore: 3,
    })
  })

  it('does not take a sentence, a list or a lower heading for the title', () => {
    for (const text of [
      'The harbor keeps two clocks.\n\nMore.',
      '- one\n\n- two',
      '## Slack water\n\nText',
      'one\ntwo\n\nthree',
    ]) {
      expect(splitTitle(text)).toEqual({ title: '', markdown: text, linesBefore: 0 })
    }
  })
})
