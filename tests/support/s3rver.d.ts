/** The parts of a store in Node that speaks S3, for tests. */
declare module '@20minutes/s3rver' {
  interface Options {
    readonly port: number
    readonly address: string
    readonly silent: boolean
    readonly directory: string
    readonly configureBuckets: readonly { readonly name: string }[]
  }
  // biome-ignore lint/style/noDefaultExport: as the package has it
  export default class S3rver {
    constructor(options: Options)
    run(): Promise<{ readonly port: number; readonly address: string }>
    close(): Promise<void>
  }
}
