import { expect, test } from 'vitest'
import { chooseArticleForm } from './article-media.ts'

test.each([
  ['a program that takes anything gets Markdown', '*/*', 'markdown'],
  ['no Accept at all gets Markdown', null, 'markdown'],
  ['a browser gets the page', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
  ['JSON is given when asked for', 'application/json', 'json'],
  ['Markdown is given when asked for', 'text/markdown, text/html;q=0.5', 'markdown'],
  ['the higher weight decides', 'text/markdown;q=0.2, application/json;q=0.7', 'json'],
  ['a type that is refused is not given', 'text/markdown;q=0, text/*;q=0.5', 'html'],
  ['letter case does not matter', 'Application/JSON', 'json'],
  ['nothing that fits gets Markdown, since 406 helps nobody', 'image/png', 'markdown'],
  ['a broken weight counts as none', 'application/json;q=x, text/html;q=0.1', 'html'],
] as const)('%s', (_guarantee, accept, form) => {
  expect(chooseArticleForm(accept)).toBe(form)
  expect(chooseArticleForm(accept)).toBe(form)
})
