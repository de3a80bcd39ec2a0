/** The parts that the checkout dialog and the checkout page share. */
import type { ReactNode } from 'react'
import { Icon, type IconName } from './icons.tsx'
import { Status } from './status.tsx'

/** A row that unfolds, with or without script. */
export function FoldingRow({ icon, name, hint, when, className, children }: FoldingRowProps) {
  return (
    <details className={className ? `fold ${className}` : 'fold'} data-when={when}>
      <summary>
        <Icon name={icon} />
        <span>
          {name}
          {hint ? <small>{hint}</small> : null}
        </span>
        <Icon name="chevron" />
      </summary>
      <div className="fold-body">{children}</div>
    </details>
  )
}

interface FoldingRowProps {
  readonly icon: IconName
  readonly name: string
  readonly hint?: string
  readonly when?: string
  readonly className?: string
  readonly children: ReactNode
}

/** The white tile with the code; it stays white in the dark, since scanners expect dark on light. */
export function QrTile({ label }: { label: string }) {
  return (
    <svg className="qr" role="img" aria-label={label} viewBox="0 0 312 312">
      <rect width="312" height="312" rx="8" fill="#fff" />
      <use href="#qr-code" x="16" y="16" width="280" height="280" />
    </svg>
  )
}

/** The code itself, drawn once and shown by every `QrTile`. The script fills in `viewBox` and `d`. */
export function QrSymbol({ size, path }: { size: number; path: string }) {
  return (
    <svg className="offstage" width="0" height="0" aria-hidden="true">
      <symbol id="qr-code" viewBox={`0 0 ${size} ${size}`}>
        <path d={path} fill="#111" shapeRendering="crispEdges" />
      </symbol>
    </svg>
  )
}

/** How much of the time is left: a bar whose width is an attribute, since inline styles are forbidden here. */
export function TimeBar({ percent }: { percent: number }) {
  return (
    <svg className="time-bar" width="100%" height="4" aria-hidden="true">
      <rect className="time-bar-all" width="100%" height="4" rx="2" />
      <rect className="time-bar-left" data-slot="bar" width={`${percent}%`} height="4" rx="2" />
    </svg>
  )
}

export function NoWalletRow({ when }: { when?: string }) {
  return (
    <FoldingRow icon="question" name="No wallet yet?" {...(when ? { when } : {})}>
      <ul className="plain-list">
        <li>On this phone or computer: install any Lightning wallet, add a few sats, come back. The price is held.</li>
        <li>In this browser: a wallet extension pays with one press and shows up here by itself.</li>
        <li>Somebody else can pay: copy the invoice and send it to them. It opens here, for you.</li>
      </ul>
    </FoldingRow>
  )
}

export const WaitingStatus = ({ when }: { when?: string }) => (
  <Status tone="waiting" icon="clock" title="Waiting for your wallet" {...(when ? { when } : {})}>
    This page opens by itself.
  </Status>
)
