/** What we use of a package that carries no types. */
declare module 'subset-font' {
  interface AxisRange {
    readonly min: number
    readonly max: number
    readonly default?: number
  }

  /** The font with only the glyphs that `text` needs; an axis with a number is fixed there, with a range limited to it. */
  // biome-ignore lint/style/noDefaultExport: the package has one
  export default function subsetFont(
    font: Buffer,
    text: string,
    options: { targetFormat: 'woff2' | 'truetype'; variationAxes?: Readonly<Record<string, number | AxisRange>> },
  ): Promise<Buffer>
}
