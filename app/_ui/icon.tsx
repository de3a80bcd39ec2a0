/** The one set of icons: 20 px, stroke 1.5, always beside a word (product.md §6). */

const PATHS = {
  overview: 'M4 16V10M8 16V5M12 16v-4M16 16V8M2.5 16.5h15',
  document: 'M5 3h6.5L15 6.5V17H5zM11.5 3v3.5H15',
  receipt:
    'M5 3.5l1.7 1.2 1.6-1.2L10 4.7l1.7-1.2 1.6 1.2L15 3.5v13l-1.7-1.2-1.6 1.2-1.7-1.2-1.7 1.2-1.6-1.2L5 16.5zM7.8 8.3h4.4M7.8 11.7h4.4',
  article: 'M4 5h12M4 8.3h12M4 11.6h12M4 15h7',
  plus: 'M10 4v12M4 10h12',
  check: 'M4.5 10.5l3.5 3.5 7.5-8',
  pause: 'M7.5 5v10M12.5 5v10',
  play: 'M6.5 4.5v11l9-5.5z',
  clock: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM10 6.5V10l2.5 1.8',
  person: 'M10 4a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM4 17c.6-3.4 2.9-5 6-5s5.4 1.6 6 5',
  program: 'M3 4.5h14v11H3zM6 8l2.2 2L6 12M10 12.2h3.5',
  search: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13.2 13.2L17 17',
  chevronDown: 'M5 7.5l5 5 5-5',
  chevronUp: 'M5 12.5l5-5 5 5',
  arrowUp: 'M10 16V4.5M5.5 9L10 4.5 14.5 9',
  arrowDown: 'M10 4v11.5M5.5 11L10 15.5 14.5 11',
  copy: 'M7 7h9v9H7zM13 7V4H4v9h3',
  eye: 'M2 10c2.4-3.7 5-5.5 8-5.5s5.6 1.8 8 5.5c-2.4 3.7-5 5.5-8 5.5S4.4 13.7 2 10zM10 7.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6z',
  heading: 'M5.5 4v12M14.5 4v12M5.5 10h9',
  bold: 'M6.5 4h4.3a2.9 2.9 0 0 1 0 5.8H6.5zM6.5 9.8h5a3.1 3.1 0 0 1 0 6.2h-5z',
  italic: 'M8.5 4h6M5.5 16h6M11.7 4L8.3 16',
  link: 'M8.5 11.5l3-3M9 6.5l1.7-1.7a3.2 3.2 0 0 1 4.5 4.5L13.5 11M11 13.5l-1.7 1.7a3.2 3.2 0 0 1-4.5-4.5L6.5 9',
  quote: 'M4 4v12M8 5.5h8M8 10h8M8 14.5h5',
  image: 'M3 4h14v12H3zM3 13.5l4-4 3.5 3.5 2.5-2.5 4 4M12.5 7.2h.01',
  caution: 'M10 3.5L17.5 16h-15zM10 8v4M10 14h.01',
  signOut: 'M8 4H4v12h4M8.5 10H17M13.5 6.5L17 10l-3.5 3.5',
  mail: 'M3 5h14v10H3zM3 6l7 5 7-5',
  external: 'M8 4.5H4.5v11h11V12M11.5 4h4.5v4.5M16 4l-7 7',
  settings: 'M3 6h7M14 6h3M12 4v4M3 14h3M10 14h7M8 12v4',
  wallet: 'M4 6.5h11.5v10H4zM4 6.5v-1L13 3v3.5M15.5 9.5h-3.5v4h3.5M13.3 11.5h.01',
  download: 'M10 3.5v9M6 9l4 4 4-4M4 16.5h12',
  lock: 'M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9',
  more: 'M4.5 10h.01M10 10h.01M15.5 10h.01',
  code: 'M7 5.5L2.5 10 7 14.5M13 5.5l4.5 4.5-4.5 4.5',
  key: 'M8 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM11.5 10H18M15.5 10v2.5',
  trash: 'M4 6h12M8 6V4h4v2M5.5 6l.7 10.5h7.6L14.5 6M8.5 9v4.5M11.5 9v4.5',
  undo: 'M7 4.5L3.5 8 7 11.5M3.5 8H12a4 4 0 0 1 0 8H8',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name, className = '' }: { name: IconName; className?: string }) {
  return (
    <svg
      viewBox="0 0 20 20"
      width="20"
      height="20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={`shrink-0 ${className}`}
    >
      <path d={PATHS[name]} />
    </svg>
  )
}

/** Six dots: what can be dragged. */
export function Grip() {
  return (
    <svg viewBox="0 0 10 16" width="10" height="16" fill="currentColor" aria-hidden="true" className="shrink-0">
      {[2, 8].flatMap((x) => [3, 8, 13].map((y) => <circle key={`${x}-${y}`} cx={x} cy={y} r="1.3" />))}
    </svg>
  )
}

/** The product's mark: a ticket with its perforation. */
export function Mark({ className = '' }: { className?: string }) {
  return (
    <svg
      viewBox="0 0 20 16"
      width="20"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      aria-hidden="true"
      className={`shrink-0 ${className}`}
    >
      <path d="M2.5 1H11a2 2 0 0 0 4 0h2.5A1.5 1.5 0 0 1 19 2.5v11a1.5 1.5 0 0 1-1.5 1.5H15a2 2 0 0 0-4 0H2.5A1.5 1.5 0 0 1 1 13.5v-11A1.5 1.5 0 0 1 2.5 1z" />
      <path d="M13 5v1.2M13 8v1.2M13 11v1" strokeLinecap="round" />
    </svg>
  )
}

/** The disc with two waves of a creator who has no picture. */
export function CreatorDisc({ size }: { size: number }) {
  return (
    <svg viewBox="0 0 28 28" width={size} height={size} aria-hidden="true" className="shrink-0">
      <circle cx="14" cy="14" r="14" className="fill-text" />
      <path
        d="M7 12c2.3-2.2 4.7-2.2 7 0s4.7 2.2 7 0M7 17c2.3-2.2 4.7-2.2 7 0s4.7 2.2 7 0"
        fill="none"
        strokeWidth="1.8"
        strokeLinecap="round"
        className="stroke-canvas"
      />
    </svg>
  )
}
