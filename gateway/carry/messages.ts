/** The messages of a call as they come from its server, no faster than they are read; they end when it ends, breaks, or is ended here. */
import { Readable } from 'node:stream'

/** Never fails: how a call ended is said behind its messages. */
export class Messages extends Readable {
  readonly #source: Readable

  constructor(source: Readable) {
    super({ highWaterMark: 64 * 1024 })
    this.#source = source
    source.on('data', (chunk: Uint8Array) => {
      if (!this.readableEnded && !this.push(chunk)) source.pause()
    })
    const over = () => {
      if (!this.#isHeld) this.finish()
    }
    source.once('end', over).once('close', over)
  }

  /** Nothing more of its server passes, and its end is for whoever holds it to say. */
  hold(): void {
    this.#isHeld = true
    this.#source.removeAllListeners('data')
  }

  /** No further one comes; those that have come are still read. */
  finish(): void {
    this.#source.pause()
    this.#source.removeAllListeners('data')
    if (!this.#isFinished) this.push(null)
    this.#isFinished = true
  }

  /** No further one comes. */
  get isFinished(): boolean {
    return this.#isFinished
  }

  #isHeld = false
  #isFinished = false

  override _read(): void {
    if (!this.#isFinished && !this.#isHeld) this.#source.resume()
  }
}
