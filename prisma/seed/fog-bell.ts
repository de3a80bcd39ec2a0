/** The demo creator's recording: six strokes of a bell as a WAV file, computed, so that no binary lies in the repository. */

const RATE = 11_025
const SECONDS = 12
const STROKE_SECONDS = 2
/** Partials of a bell against its lowest: pitch, loudness, how fast it dies away. */
const PARTIALS = [
  [1, 0.5, 1.2],
  [2, 0.35, 1.6],
  [2.4, 0.3, 2.2],
  [3, 0.2, 3],
  [4.2, 0.12, 5],
] as const
const LOWEST_HZ = 196

/** One channel of 16 bits; always the same bytes. */
export function ringFogBell(): Uint8Array {
  const samples = RATE * SECONDS
  const bytes = Buffer.alloc(44 + samples * 2)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(36 + samples * 2, 4)
  bytes.write('WAVEfmt ', 8)
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(RATE, 24)
  bytes.writeUInt32LE(RATE * 2, 28)
  bytes.writeUInt16LE(2, 32)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36)
  bytes.writeUInt32LE(samples * 2, 40)
  for (let n = 0; n < samples; n += 1) bytes.writeInt16LE(sampleAt(n / RATE), 44 + n * 2)
  return bytes
}

function sampleAt(seconds: number): number {
  const since = seconds % STROKE_SECONDS
  let sum = 0
  for (const [pitch, loudness, fading] of PARTIALS) {
    sum += loudness * Math.exp(-fading * since) * Math.sin(2 * Math.PI * LOWEST_HZ * pitch * since)
  }
  return Math.round(sum * 0.5 * 32_767)
}
