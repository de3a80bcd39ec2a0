'use client'
/** What a price means for the sales there are: exact arithmetic, no guess. */
import { mustStay, PROGRAM_LINE_SATS, SLIDER, sliderPlace, sliderPrice, whatIfSentence } from '#app/_ui/what-if.ts'

const TICKS = 100
const PITCH = 5
const TICK_NUMBERS = Array.from({ length: TICKS }, (_, index) => index)

export interface WhatIfProps {
  readonly present: number
  readonly next: number
  /** `from 112 sales at 210 since 12 Nov` */
  readonly salesNote: string
  readonly onPick: (sats: number) => void
}

export function WhatIf({ present, next, salesNote, onPick }: WhatIfProps) {
  const stay = Math.min(TICKS, mustStay(present, next))
  const sentence = whatIfSentence(present, next)
  return (
    <section aria-labelledby="what-if-title">
      <div className="flex flex-wrap items-baseline justify-between gap-2">
        <h2 id="what-if-title" className="text-lead">
          What if
        </h2>
        <p className="text-table text-muted">{salesNote}</p>
      </div>
      <p className="mt-2" aria-live="polite">
        {sentence.before}
        <strong className="font-semibold">{sentence.figure}</strong>
        {sentence.after}
      </p>
      <svg
        viewBox={`0 0 ${TICKS * PITCH - 3} 28`}
        className="mt-2 h-7 w-full"
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        {TICK_NUMBERS.map((index) => (
          <rect
            key={index}
            x={index * PITCH + (index < stay ? 0 : 0.5)}
            y={index < stay ? 0 : 0.5}
            width={index < stay ? 2 : 1}
            height={index < stay ? 28 : 27}
            className={index < stay ? 'fill-series-1' : 'fill-none stroke-control'}
          />
        ))}
      </svg>
      <p className="mt-1 flex justify-between text-table text-muted" aria-hidden="true">
        <span>stay {stay}</span>
        <span>{stay === TICKS ? 'all must stay' : `may leave ${TICKS - stay}`}</span>
      </p>
      <Slider present={present} next={next} onPick={onPick} />
    </section>
  )
}

const STEPS = 1000

function Slider({ present, next, onPick }: { present: number; next: number; onPick: (sats: number) => void }) {
  return (
    <div className="relative mt-4">
      <Scale present={present} next={next} />
      <input
        type="range"
        min={0}
        max={STEPS}
        value={Math.round(sliderPlace(next) * STEPS)}
        onChange={(event) => onPick(sliderPrice(Number(event.target.value) / STEPS))}
        aria-label="Try a price"
        aria-valuetext={`${next} sats`}
        className="price-slider absolute inset-x-0 top-0 block w-full"
      />
    </div>
  )
}

/** The line under the thumb, coloured up to it, with the prices that matter below. */
function Scale({ present, next }: { present: number; next: number }) {
  const [now, tried, line] = [sliderPlace(present), sliderPlace(next), sliderPlace(PROGRAM_LINE_SATS)]
  const isFree = (place: number) => isApart(place, now) && isApart(place, tried)
  return (
    // The thumb's middle stays half its width inside both ends of a range field, and so does this scale.
    <svg className="ml-[9px] block h-12 w-[calc(100%-18px)] overflow-visible" aria-hidden="true">
      <line x1={-HALF_THUMB} x2="100%" y1="12" y2="12" strokeWidth="2" className="stroke-hairline" />
      <svg x="100%" className="overflow-visible" aria-hidden="true">
        <line x1="0" x2={HALF_THUMB} y1="12" y2="12" strokeWidth="2" className="stroke-hairline" />
        {isFree(1) && <Label place={0} shift={HALF_THUMB} anchor="end" text={SLIDER.max.toLocaleString('en-US')} />}
      </svg>
      <line x1={-HALF_THUMB} x2={percent(tried)} y1="12" y2="12" strokeWidth="2" className="stroke-accent" />
      <Tick place={now} />
      <Tick place={line} />
      {isFree(0) && <Label place={0} shift={-HALF_THUMB} anchor="start" text={String(SLIDER.min)} />}
      {isFree(line) && <Label place={line} text="1,000 line" />}
      <NowLabel now={now} tried={tried} text={`now ${present.toLocaleString('en-US')}`} />
      {Math.abs(now - tried) > CLEAR / 2 && <Label place={tried} text={next.toLocaleString('en-US')} isStrong />}
    </svg>
  )
}

const HALF_THUMB = 9
/** Labels closer than this share of the scale would touch. */
const CLEAR = 0.1

const isApart = (one: number, other: number) => Math.abs(one - other) > CLEAR
const percent = (place: number) => `${(place * 100).toFixed(2)}%`

function Tick({ place }: { place: number }) {
  return <line x1={percent(place)} x2={percent(place)} y1="7" y2="17" className="stroke-control" />
}

/** Under its tick; with the tried price near, on the side away from it. */
function NowLabel({ now, tried, text }: { now: number; tried: number; text: string }) {
  if (now < CLEAR) return <Label place={now} anchor="start" text={text} />
  if (now > 1 - CLEAR) return <Label place={now} anchor="end" text={text} />
  return <Label place={now} anchor={tried > now ? 'end' : tried < now ? 'start' : 'middle'} text={text} />
}

interface LabelProps {
  readonly place: number
  readonly text: string
  readonly anchor?: 'start' | 'middle' | 'end'
  /** px to the right. */
  readonly shift?: number
  readonly isStrong?: boolean
}

function Label({ place, text, anchor = 'middle', shift = 0, isStrong = false }: LabelProps) {
  const ink = isStrong ? 'fill-text font-semibold' : 'fill-muted'
  return (
    <text x={percent(place)} dx={shift} y="42" textAnchor={anchor} className={`text-[13px] ${ink}`}>
      {text}
    </text>
  )
}
