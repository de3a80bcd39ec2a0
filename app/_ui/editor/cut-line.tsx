'use client'
/** The line between free and paid: dragged, moved by two buttons, by arrow keys, or to the caret by a shortcut. */
import type { KeyboardEvent, PointerEvent } from 'react'
import { Grip, Icon } from '#app/_ui/icon.tsx'

export interface CutHandleProps {
  readonly cut: number
  readonly blocks: number
  readonly text: string
  /** The same in fewer words, for a phone. */
  readonly shortText?: string
  readonly onMove: (steps: number) => void
  readonly onDrag: (clientY: number) => void
  readonly isSmall?: boolean
}

export function CutHandle({ cut, blocks, text, shortText = text, onMove, onDrag, isSmall = false }: CutHandleProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    const steps = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1, Home: -blocks, End: blocks }[event.key]
    if (steps === undefined) return
    event.preventDefault()
    onMove(steps)
  }
  return (
    <div
      className={`pointer-events-auto flex items-center rounded-full bg-text whitespace-nowrap text-canvas ${isSmall ? 'h-6 text-label' : 'h-9 text-table'} font-medium`}
    >
      <div
        role="slider"
        tabIndex={0}
        aria-label="Where the free part ends"
        aria-orientation="vertical"
        aria-valuemin={0}
        aria-valuemax={blocks}
        aria-valuenow={cut}
        aria-valuetext={text}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event: PointerEvent) =>
          event.currentTarget.hasPointerCapture(event.pointerId) && onDrag(event.clientY)
        }
        className={`flex h-full cursor-grab touch-none items-center rounded-full select-none active:cursor-grabbing ${isSmall ? 'gap-2 px-2.5' : 'gap-3 pr-2 pl-4'}`}
      >
        <Grip />
        <span className="max-sm:hidden">{text}</span>
        <span className="sm:hidden">{shortText}</span>
      </div>
      <MoveButton label="Move the cut up" icon="arrowUp" onPress={() => onMove(-1)} isSmall={isSmall} />
      <MoveButton label="Move the cut down" icon="arrowDown" onPress={() => onMove(1)} isSmall={isSmall} />
    </div>
  )
}

function MoveButton({
  label,
  icon,
  onPress,
  isSmall,
}: {
  label: string
  icon: 'arrowUp' | 'arrowDown'
  onPress: () => void
  isSmall: boolean
}) {
  return (
    <button
      type="button"
      onClick={onPress}
      aria-label={label}
      title={label}
      className={`flex size-6 items-center justify-center rounded-full last:mr-2 hover:bg-canvas/20 ${isSmall ? '' : 'mx-0.5'}`}
    >
      <Icon name={icon} className="size-4.5!" />
    </button>
  )
}
