/** The state of a resource: an icon and a word, never colour alone. */
import { Icon, type IconName } from './icon.tsx'

export type ResourceState = 'draft' | 'live' | 'paused'

const LOOKS: Record<ResourceState, { icon: IconName; ink: string; pill: string; word: string }> = {
  live: { icon: 'check', ink: 'text-paid', pill: 'bg-paid-soft', word: 'live' },
  paused: { icon: 'pause', ink: 'text-caution', pill: 'bg-caution-soft', word: 'paused' },
  draft: { icon: 'article', ink: 'text-muted', pill: 'bg-sunken', word: 'draft' },
}

/** In a table row. */
export function StateWord({ state, hasChanges = false }: { state: ResourceState; hasChanges?: boolean }) {
  const { icon, ink, word } = LOOKS[state]
  return (
    <span className={`inline-flex items-center gap-1.5 ${ink}`}>
      <Icon name={icon} className="size-4!" />
      {word}
      {hasChanges && <span className="font-normal text-muted">, changed</span>}
    </span>
  )
}

/** Beside a title. */
export function StatePill({ state }: { state: ResourceState }) {
  const { icon, ink, pill, word } = LOOKS[state]
  return (
    <span className={`inline-flex h-6 items-center gap-1.5 rounded-full px-2.5 text-table font-medium ${pill} ${ink}`}>
      <Icon name={icon} className="size-4!" />
      {word.charAt(0).toUpperCase() + word.slice(1)}
    </span>
  )
}
