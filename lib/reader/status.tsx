/** One state in words, with its icon and colour; the sentence about the money comes first. */
import type { ReactNode } from 'react'
import { Icon, type IconName } from './icons.tsx'

type StatusTone = 'waiting' | 'paid' | 'caution' | 'error' | 'plain'

export interface StatusProps {
  readonly tone: StatusTone
  readonly icon: IconName
  readonly title: ReactNode
  readonly children?: ReactNode
  /** States of the checkout script in which this shows, separated by spaces. */
  readonly when?: string
  readonly hidden?: boolean
}

export function Status({ tone, icon, title, children, when, hidden }: StatusProps) {
  return (
    <div className="status" data-tone={tone} data-when={when} hidden={hidden}>
      <Icon name={icon} />
      <div>
        <p className="status-title">{title}</p>
        {children ? <p className="status-text">{children}</p> : null}
      </div>
    </div>
  )
}
