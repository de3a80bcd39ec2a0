/** Icons of 20 px and 1.5 stroke; every one stands beside a word, so none is announced. */

const SHAPES = {
  check: 'M4.5 10.5l3.5 3.5 7.5-8',
  checkCircle: 'M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15zM6.8 10.2l2.3 2.3 4.2-4.6',
  chevron: 'M8 5l5 5-5 5',
  clock: 'M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15zM10 6v4.3l2.8 1.6',
  close: 'M5 5l10 10M15 5L5 15',
  copy: 'M7.5 7.5h8v8h-8zM5 12.5H4.5V4.5h8V5',
  download: 'M10 3.5v9M6.3 9l3.7 3.7L13.7 9M4 16.5h12',
  flask: 'M8 3h4M8.7 3v5L4.5 15.5a1 1 0 0 0 .9 1.5h9.2a1 1 0 0 0 .9-1.5L11.3 8V3M6.8 12h6.4',
  info: 'M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15zM10 9.2v4.3M10 6.5v.2',
  key: 'M7 9.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM9.6 10.5L16.5 3.5M13.5 6.5l2 2',
  plug: 'M7.5 2.5v4M12.5 2.5v4M5.5 6.5h9v2.5a4.5 4.5 0 0 1-9 0zM10 13.5v4',
  qr: 'M3.5 3.5h5v5h-5zM11.5 3.5h5v5h-5zM3.5 11.5h5v5h-5zM11.5 11.5h2v2h-2zM16.5 11.5v2M14 16.5h2.5',
  question:
    'M10 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15zM7.8 8a2.2 2.2 0 1 1 3.3 1.9c-.7.400-1.1.800-1.1 1.6M10 14v.1',
  remove: 'M4 6h12M8 6V4h4v2M5.5 6l.7 10.5h7.6L14.5 6',
  share: 'M10 12.5v-9M6.8 6.3L10 3.2l3.2 3.1M5 9.5H4v7h12v-7h-1',
  ticket: 'M2.5 5h15v10h-15zM12.5 5.5v1.5M12.5 9.2v1.6M12.5 13v1.5',
  wallet: 'M3 6.5v9h14v-9zM3 6.5l1.5-2h10v2M13.5 11h.1',
} as const

export type IconName = keyof typeof SHAPES

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  )
}

/** The mark of a publication: two waves in a disc. */
export function CreatorMark() {
  return (
    <svg className="mark" viewBox="0 0 28 28" width="28" height="28" aria-hidden="true">
      <circle cx="14" cy="14" r="14" />
      <path d="M7 12.5c2.3-2.6 4.7-2.6 7 0s4.7 2.6 7 0M7 17c2.3-2.6 4.7-2.6 7 0s4.7 2.6 7 0" />
    </svg>
  )
}
