/** A page that says what happened instead of what was asked for: first what it means for the money, then what to do. */
import { type Code, codeRow } from '#lib/errors.ts'
import { renderDocument } from './document.tsx'
import { formatCount } from './format.ts'
import type { MessagePageProps } from './props.ts'

const TITLES: Partial<Record<Code, string>> = {
  'paywall.resource_unknown': 'There is nothing here',
  'paywall.resource_paused': 'Not on sale at the moment',
  'paywall.resource_deleted': 'Deleted by its creator',
  'paywall.settlement_unknown': 'The payment cannot be confirmed right now',
  'lightning.unavailable': 'The author’s wallet does not answer',
  'lightning.timeout': 'The author’s wallet does not answer',
  'lightning.refused': 'The author’s wallet does not answer',
  'database.unavailable': 'Something on our side is down',
  'queue.full': 'Too busy at the moment',
  'limit.challenge_budget': 'Too many unpaid requests',
  'limit.paying_again': 'No new invoice',
  'limit.rate': 'Too many requests',
  'claim.refused': 'This claim does not belong here',
  'claim.over': 'This claim is over',
  'restore.unknown': 'No such purchase',
  'restore.limit': 'Too many tries',
  'http.origin_refused': 'Not from this site',
  'http.method_not_allowed': 'That does nothing here',
  'internal.bug': 'Something on our side failed',
}

/** What a reader can do; where nothing is said, going back is all there is. */
const ADVICE: Partial<Record<Code, string>> = {
  'paywall.resource_unknown': 'The address may be mistyped, or the creator has taken it away. Nothing was charged.',
  'paywall.settlement_unknown': 'Do not pay again: what is paid opens as soon as we can see it.',
  'paywall.resource_deleted':
    'Nothing was charged. It is gone for good, for those who bought it too; only the creator can give their money back.',
  'paywall.resource_paused': 'Nothing was charged. Who bought it can still read it, with the receipt.',
}

const NOWHERE = 'No creator is at this address. It may be mistyped. Nothing was charged.'

/** The whole document. `code` decides the words; the request id is what a reader can quote. */
export function renderMessagePage(props: MessagePageProps): string {
  const title = TITLES[props.code] ?? 'This did not work'
  return renderDocument({
    assets: props.assets,
    creator: props.creator,
    title: props.creator ? `${title} · ${props.creator.name}` : title,
    isIndexed: false,
    config: null,
    children: <Message title={title} {...props} />,
  })
}

function Message({
  title,
  creator,
  code,
  message,
  requestId,
  retryPath,
  nearest = null,
  appUrl,
}: MessagePageProps & { title: string }) {
  const { retryAfterSeconds, message: standard } = codeRow(code)
  // The sentence that programs get says no more than the title; whoever knows more passes a sentence of its own.
  const special = message === standard ? null : message
  const isNowhere = creator === null && code === 'paywall.resource_unknown'
  return (
    <section className="message">
      <h1>{title}</h1>
      <p className="message-text">{special ?? (isNowhere ? NOWHERE : ADVICE[code]) ?? standard}</p>
      {retryAfterSeconds === null || retryPath === null ? null : (
        <p className="message-text">Try again in {formatCount(retryAfterSeconds)} s; trying costs nothing.</p>
      )}
      {nearest === null ? null : (
        <p className="message-text">
          The nearest address is{' '}
          <a className="link" href={nearest.path}>
            {nearest.title}
          </a>
          .
        </p>
      )}
      <p className="message-acts">
        {retryPath === null ? null : (
          <a className="button" href={retryPath}>
            Try again
          </a>
        )}
        {creator ? (
          <a className="button-quiet" href="/">
            {creator.name}
          </a>
        ) : appUrl === undefined ? null : (
          <a className="button-quiet" href={appUrl}>
            Satstile
          </a>
        )}
      </p>
      <p className="meta">
        <span>{codeRow(code).http}</span>
        <span>{code}</span>
        <span>{requestId}</span>
      </p>
    </section>
  )
}
