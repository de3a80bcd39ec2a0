/** How rendering says no in the middle of its work: one fault that carries line and sentence to the person who wrote the text. */
import { Fault } from '#lib/errors.ts'
import type { ArticleRefusal } from './article-limits.ts'

/** Throws `Fault('input.invalid')`; `line` counts from 1. */
export function refuse(line: number, message: string): never {
  throw new Fault('input.invalid', `article refused in line ${line}: ${message}`, {
    publicMessage: message,
    details: { line },
  })
}

/** The refusal that a fault carries; null: this is another fault. */
export function refusalOf(cause: unknown): ArticleRefusal | null {
  if (!(cause instanceof Fault) || cause.code !== 'input.invalid') return null
  return { line: Number(cause.details.line ?? 1), message: cause.publicMessage }
}
