/** One resource: its name, its state, its address, its tabs. */
import type { ReactNode } from 'react'
import { requireMember } from '#app/_server/auth/session.ts'
import { whileReachable } from '#app/_server/http/reachable.ts'
import { requireResource } from '#app/_server/reads/resources.ts'
import { CopyButton } from '#app/_ui/copy-button.tsx'
import { DatabaseSilent } from '#app/_ui/database-silent.tsx'
import { Icon } from '#app/_ui/icon.tsx'
import { StatePill } from '#app/_ui/resource-state.tsx'
import { MoreMenu } from './more-menu.tsx'
import { PauseButton } from './pause-button.tsx'
import { Tabs } from './tabs.tsx'

/** Kinds that can be deleted, as a sentence calls them. */
const DELETABLE: ReadonlyMap<string, string> = new Map([
  ['article', 'article'],
  ['file', 'file'],
  ['page', 'page'],
  ['api', 'API'],
])

type Props = { children: ReactNode; params: Promise<{ id: string }> }

export default async function ResourceLayout({ children, params }: Props) {
  const { id } = await params
  const read = await whileReachable(async () => requireResource(await requireMember(), id))
  if (read.kind === 'silent') return <DatabaseSilent since={read.since} />
  const resource = read.value
  return (
    <>
      <div className="mx-auto max-w-[1280px] px-4 pt-6 md:px-8">
        <div className="flex items-start justify-between gap-4">
          <div className="min-w-0">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <h1 dir="auto" className="min-w-0 text-h2 break-words">
                {resource.title || 'Untitled'}
              </h1>
              <StatePill state={resource.state} />
            </div>
            <p className="mt-0.5 flex items-center gap-2 text-table text-muted">
              <span className="min-w-0 truncate">{resource.url.replace(/^https?:\/\//, '')}</span>
              <CopyButton text={resource.url} label="Copy the address" />
            </p>
          </div>
          <div className="flex shrink-0 items-start gap-2">
            {resource.state !== 'draft' && resource.kind !== 'api' && (
              <a
                href={resource.url}
                target="_blank"
                rel="noopener"
                className="button button-plain button-small max-md:hidden"
              >
                <Icon name="eye" />
                View as reader
              </a>
            )}
            {resource.state !== 'draft' && (
              <PauseButton resourceId={resource.id} isPaused={resource.state === 'paused'} />
            )}
            {DELETABLE.has(resource.kind) && (
              <MoreMenu
                resourceId={resource.id}
                title={resource.title}
                noun={DELETABLE.get(resource.kind) ?? ''}
                state={resource.state}
              />
            )}
          </div>
        </div>
      </div>
      <Tabs resourceId={resource.id} kind={resource.kind} />
      {children}
    </>
  )
}
