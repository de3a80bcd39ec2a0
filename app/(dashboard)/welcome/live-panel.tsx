/** It is live: look at it as a reader, ask it as a program, or go on. */
import Link from 'next/link'
import { CopyButton } from '#app/_ui/copy-button.tsx'
import { Icon, Mark } from '#app/_ui/icon.tsx'

interface LivePanelProps {
  readonly url: string
  readonly resourceId: string
  /** Why the picture was not taken; `null`: it was, or there was none. */
  readonly portraitFault: string | null
}

export function LivePanel({ url, resourceId, portraitFault }: LivePanelProps) {
  const shown = url.replace(/^https?:\/\//, '')
  return (
    <main className="mx-auto w-full max-w-[680px] px-5 pt-8 pb-16">
      <p className="flex items-center gap-2.5 font-semibold">
        <Mark />
        Satstile
      </p>
      <p role="status" className="mt-16 flex items-center gap-2 font-medium text-paid">
        <Icon name="check" />
        Live
      </p>
      <h1 className="mt-1 text-h1 tracking-[-0.01em]">Your page is on sale</h1>
      <p className="mt-3 flex items-center gap-2 text-lead">
        <a href={url} target="_blank" rel="noopener" className="link min-w-0 break-all">
          {shown}
        </a>
        <CopyButton text={url} label="Copy the address" />
      </p>
      {portraitFault !== null && (
        <p role="alert" className="mt-3 text-table text-caution">
          Your picture is not there yet: {portraitFault}{' '}
          <Link href="/settings" className="link">
            Choose one in the settings
          </Link>
        </p>
      )}
      <div className="mt-8 flex flex-wrap gap-3">
        <a href={url} target="_blank" rel="noopener" className="button button-primary button-large">
          Buy it yourself
        </a>
        <Link href="/overview" className="button button-plain button-large">
          Watch for the first sale
        </Link>
      </div>
      <section className="mt-10 border-t border-hairline pt-6">
        <h2 className="text-lead">The same address, asked by a program</h2>
        <p className="mt-3 flex items-center justify-between gap-3 rounded-card border border-hairline bg-sunken px-4 py-3 font-mono text-table">
          <code className="min-w-0 break-all">curl -i {url}</code>
          <CopyButton text={`curl -i ${url}`} label="Copy the command" />
        </p>
      </section>
      <p className="mt-8 text-table text-muted">
        Text and price can be changed at any time:{' '}
        <Link href={`/resources/${resourceId}`} className="link">
          open the editor
        </Link>
      </p>
    </main>
  )
}
