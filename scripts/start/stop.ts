/** A reason to end that the person at the terminal can act on: its message is a sentence with the next step, no stack. */
export class Stop extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.name = 'Stop'
    this.exitCode = exitCode
  }
}
