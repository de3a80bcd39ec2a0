/** How much of everything there is at three sizes, each ten times the one before. */

export interface Size {
  readonly name: string
  readonly creators: number
  /** Of the first creator, who has four fifths of the sales. */
  readonly articles: number
  readonly sales: number
  readonly openChallenges: number
}

export const SIZES: readonly Size[] = [
  { name: 'small', creators: 1_000, articles: 100, sales: 20_000, openChallenges: 2_250 },
  { name: 'middle', creators: 10_000, articles: 1_000, sales: 200_000, openChallenges: 22_500 },
  { name: 'large', creators: 100_000, articles: 10_000, sales: 2_000_000, openChallenges: 225_000 },
]

/** The creator with the articles; the others are `c2`, `c3` … */
export const LARGEST = 'c1'
/** Sells the one article that can be read, and is not counted among the creators. */
export const SHOP = 'harbor'
