import { describe, expect, test } from 'vitest'
import { refuseDraft } from './article.ts'

describe('a draft', () => {
  const draft = { title: 'Tides', lead: 'Lead', markdown: 'Text', cutBlock: 0 }

  test('of ordinary text is kept, also without a title', () => {
    expect(refuseDraft(draft)).toEqual({})
    expect(refuseDraft({ ...draft, title: '' })).toEqual({})
  })

  test('with several faults tells each beside its field', () => {
    const fields = refuseDraft({ title: 'a\u0007', lead: 'x'.repeat(401), markdown: '\0', cutBlock: 1.5, slug: ' ' })
    expect(Object.keys(fields).toSorted()).toEqual(['cutBlock', 'lead', 'markdown', 'slug', 'title'])
  })
})
