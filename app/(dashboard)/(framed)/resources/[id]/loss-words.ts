/** What is lost with a resource of any kind, in sentences, and the number that is typed to confirm it. */
import { formatCount } from '#app/_ui/format.ts'
import type { ApiLoss } from '#lib/paywall/resources/api/delete-api.ts'
import type { FileLoss } from '#lib/paywall/resources/file/delete-file.ts'
import type { PageLoss } from '#lib/paywall/resources/page/delete-page.ts'
import type { Loss } from './deleting.ts'

/** `1 picture`, `3 pictures`. */
function several(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** The one that counts most: people who lose something, else the words that somebody wrote; `null`: nothing is lost. */
export function numberToType(loss: Counted): number | null {
  const { buyers, words = 0 } = loss
  if (buyers > 0) return buyers
  return words > 0 ? words : null
}

interface Counted {
  readonly buyers: number
  /** What only an article has. */
  readonly words?: number
}

/** Whether `typed` is that number, with or without separators. */
export function isConfirmed(typed: string, loss: Counted): boolean {
  const wanted = numberToType(loss)
  return wanted === null || typed.replace(/[\s,.’']/g, '') === String(wanted)
}

/** The first one says what it means for those who paid, or that there are none. */
export function lossSentences(loss: Loss): string[] {
  if ('routes' in loss) return apiSentences(loss)
  if ('pageRevision' in loss) return pageSentences(loss)
  return 'fileVersions' in loss ? fileSentences(loss) : articleSentences(loss)
}

function apiSentences({ isPublished, routes, ...loss }: ApiLoss): string[] {
  const rules = routes === 0 ? '' : `, with ${several(routes, 'rule')}`
  if (!isPublished)
    return [`Lost for good: where its server is and its secret fields${rules}. Nobody could buy of it yet.`]
  return [
    ...buyersSentences(loss),
    `The address of its server and its secret fields go for good${rules}. Sales, prices and money stay in your books.`,
    'Its address says from then on that you deleted it, and nothing else can have it.',
  ]
}

function fileSentences({ fileVersions, ...loss }: FileLoss): string[] {
  const versions = fileVersions === 1 ? 'The file goes' : `All ${several(fileVersions, 'version')} go`
  return [
    ...buyersSentences(loss),
    `${versions} for good. Sales, prices and money stay in your books.`,
    'Its address says from then on that you deleted it, and nothing else can have it.',
  ]
}

function pageSentences(loss: PageLoss): string[] {
  return [
    ...buyersSentences(loss),
    'Its text goes for good, on your site too. Sales, prices and money stay in your books.',
    'Its address says from then on that you deleted it, and nothing else can have it.',
  ]
}

function buyersSentences({ buyers, openInvoices }: Pick<Loss, 'buyers' | 'openInvoices'>): string[] {
  return [
    buyers === 0
      ? 'Nobody has bought this yet.'
      : `${several(buyers, 'person', 'people')} bought this. They lose it for good.`,
    ...(openInvoices === 0
      ? []
      : [
          `${several(openInvoices, 'invoice')} can still be paid: the money would come, and its reader gets nothing for it. Pause first, and wait a quarter of an hour.`,
        ]),
  ]
}

function articleSentences(loss: Exclude<Loss, ApiLoss | FileLoss | PageLoss>): string[] {
  const pictures = loss.pictures === 0 ? [] : [several(loss.pictures, 'picture')]
  if (!loss.isPublished) {
    const parts = [...(loss.words === 0 ? [] : [several(loss.words, 'word')]), ...pictures]
    if (parts.length === 0) return ['Nothing is written in it. Its address is free again.']
    return [`Lost for good: ${parts.join(' and ')}. Nobody but you has seen them.`]
  }
  const also = [...(loss.versions > 1 ? [several(loss.versions, 'version')] : []), ...pictures]
  return [
    ...buyersSentences(loss),
    `Its text goes for good${also.length === 0 ? '' : `, with ${also.join(' and ')}`}. Sales, prices and money stay in your books.`,
    'Its address says from then on that you deleted it, and no other article can have it.',
  ]
}
