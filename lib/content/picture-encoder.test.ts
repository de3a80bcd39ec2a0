/** What readers are sent of a picture is its pixels, and no picture harms the server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { createPictureEncoder } from './picture-encoder.ts'

const workerFile = join(import.meta.dirname, 'picture-worker.ts')
const { encode } = createPictureEncoder({ workerFile })
const plain = (width: number, height: number, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: { r: 10, g: 90, b: 75, alpha: 0.5 } } })

async function encoded(bytes: Uint8Array) {
  const outcome = await encode(bytes)
  if (outcome.kind === 'refused') throw new RangeError(outcome.message)
  return outcome
}

test('where and with what a photograph was taken does not reach readers, and it stands upright', async () => {
  const photo = await plain(400, 200)
    .withExif({ IFD0: { Make: 'Camera' }, IFD3: { GPSLatitude: '54/1 30/1 0/1', GPSLatitudeRef: 'N' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer()
  expect((await sharp(photo).metadata()).exif).toBeDefined()
  const { full } = await encoded(photo)
  expect(full).toMatchObject({ mediaType: 'image/jpeg', width: 200, height: 400 })
  const { exif, xmp, iptc, orientation } = await sharp(full.bytes).metadata()
  expect([exif, xmp, iptc, orientation]).toEqual([undefined, undefined, undefined, undefined])
})

test('bytes behind the end of a picture are gone', async () => {
  const png = await plain(4, 4).png().toBuffer()
  const { full } = await encoded(Buffer.concat([png, Buffer.from('<script>secret</script>')]))
  expect(Buffer.from(full.bytes).includes('script')).toBe(false)
})

test('a wide picture has smaller copies for narrow windows, and a small one has none', async () => {
  const { full, smaller } = await encoded(await plain(3_000, 1_500).png().toBuffer())
  expect([full.width, full.height]).toEqual([2_040, 1_020])
  expect(smaller.map(({ width, height }) => [width, height])).toEqual([
    [680, 340],
    [1_360, 680],
  ])
  expect((await encoded(await plain(500, 500).png().toBuffer())).smaller).toEqual([])
})

test.each([
  ['png', 'image/png', () => plain(8, 6, 4).png()],
  ['jpeg', 'image/jpeg', () => plain(8, 6).jpeg()],
  ['webp', 'image/webp', () => plain(8, 6, 4).webp()],
  ['gif', 'image/gif', () => plain(8, 6).gif()],
  ['avif', 'image/webp', () => plain(8, 6, 4).avif()],
] as const)('%s is read, whatever its name', async (_, mediaType, make) => {
  const { full } = await encoded(await make().toBuffer())
  expect(full).toMatchObject({ mediaType, width: 8, height: 6 })
})

test('a photograph saved as PNG becomes WebP, a drawing stays exact', async () => {
  let state = 1
  const noise = Buffer.alloc(900 * 900 * 3)
  for (const index of noise.keys()) {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    noise[index] = state >>> 24
  }
  const photo = await sharp(noise, { raw: { width: 900, height: 900, channels: 3 } })
    .blur(0.4)
    .png()
    .toBuffer()
  expect(photo.length).toBeGreaterThan(1_500_000)
  const { full } = await encoded(photo)
  expect(full).toMatchObject({ mediaType: 'image/webp', width: 900, height: 900 })
  expect(full.bytes.length).toBeLessThan(photo.length)
  expect((await encoded(await plain(900, 900).png().toBuffer())).full.mediaType).toBe('image/png')
})

test('an animation keeps its frames', async () => {
  const frames = await sharp([await plain(8, 6).png().toBuffer(), await plain(8, 6, 4).png().toBuffer()], {
    join: { animated: true },
  })
    .gif()
    .toBuffer()
  const { full } = await encoded(frames)
  expect(full).toMatchObject({ width: 8, height: 6 })
  expect((await sharp(full.bytes, { animated: true }).metadata()).pages).toBe(
    (await sharp(frames, { animated: true }).metadata()).pages,
  )
})

test('a small file that would fill the memory is refused in its own words', async () => {
  const bomb = await sharp({ create: { width: 12_000, height: 12_000, channels: 3, background: '#000' } })
    .png()
    .toBuffer()
  expect(bomb.length).toBeLessThan(1_000_000)
  expect(await encode(bomb)).toEqual({
    kind: 'refused',
    message: 'A picture can have 50 million pixels, all its frames together; this one has 144.',
  })
}, 30_000)

test.each([
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script/></svg>')],
  ['a PDF', Buffer.from('%PDF-1.4\n1 0 obj')],
  ['a mark and nothing behind it', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1])],
  ['nothing', Buffer.from('')],
])('%s is refused', async (_, bytes) => {
  expect(await encode(bytes)).toMatchObject({ kind: 'refused', message: expect.stringMatching(/\.$/) })
})

test('a picture cut off in the middle is refused', async () => {
  const jpeg = await sharp(Buffer.alloc(300 * 300 * 3, 7), { raw: { width: 300, height: 300, channels: 3 } })
    .jpeg()
    .toBuffer()
  expect(await encode(jpeg.subarray(0, jpeg.length / 2))).toMatchObject({ kind: 'refused' })
})

test('a picture that takes too long is given up, and the next one is encoded', async () => {
  const hasty = createPictureEncoder({ workerFile, limitMs: 1 })
  const png = await plain(4, 4).png().toBuffer()
  const [slow, next] = await Promise.all([hasty.encode(png), encode(png)])
  expect(slow).toMatchObject({ kind: 'refused', message: expect.stringContaining('too long') })
  expect(next).toMatchObject({ kind: 'encoded' })
})

test('the process has no variable of the one that started it but what Node needs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'satstile-process-'))
  const telling = join(folder, 'telling.mjs')
  const code = "process.once('message', () => process.send(Object.keys(process.env), () => process.disconnect()))"
  writeFileSync(telling, code)
  const names = (await createPictureEncoder({ workerFile: telling }).encode(new Uint8Array(1))) as unknown as string[]
  expect(names.filter((name) => !name.startsWith('NODE_'))).toEqual([])
  rmSync(folder, { recursive: true })
})

test('a queue too long is refused instead of growing', async () => {
  const png = await plain(4, 4).png().toBuffer()
  const answers = await Promise.allSettled(Array.from({ length: 9 }, () => encode(png)))
  expect(answers.map(({ status }) => status)).toEqual([...Array(8).fill('fulfilled'), 'rejected'])
  expect(answers[8]).toMatchObject({ reason: { code: 'queue.full' } })
  expect((await encode(png)).kind).toBe('encoded')
})

test('a portrait is a small square out of the middle, upright, of one frame, and nothing but its pixels', async () => {
  const red = { create: { width: 300, height: 300, channels: 3, background: '#f00' } } as const
  const photo = await plain(900, 300)
    .composite([{ input: await sharp(red).png().toBuffer(), left: 300, top: 0 }])
    .withExif({ IFD3: { GPSLatitude: '54/1 30/1 0/1', GPSLatitudeRef: 'N' } })
    .jpeg()
    .toBuffer()
  const outcome = await encode(photo, 'portrait')
  if (outcome.kind === 'refused') throw new RangeError(outcome.message)
  expect(outcome).toMatchObject({ full: { mediaType: 'image/webp', width: 320, height: 320 }, smaller: [] })
  const { format, width, height, exif, pages } = await sharp(outcome.full.bytes).metadata()
  expect([format, width, height, exif, pages ?? 1]).toEqual(['webp', 320, 320, undefined, 1])
  const { channels } = await sharp(outcome.full.bytes).stats()
  expect(channels[0]?.mean).toBeGreaterThan(200)
  expect(channels[2]?.mean).toBeLessThan(40)
  expect(await encode(new Uint8Array([1, 2, 3]), 'portrait')).toMatchObject({ kind: 'refused' })
})

test('a portrait of noise, the largest there can be, is sent in one piece', async () => {
  const noise = {
    create: {
      width: 640,
      height: 640,
      channels: 3,
      background: '#000',
      noise: { type: 'gaussian', mean: 128, sigma: 80 },
    },
  } as const
  const outcome = await encode(await sharp(noise).png().toBuffer(), 'portrait')
  expect(outcome.kind === 'encoded' && outcome.full.bytes.length).toBeLessThan(64 * 1024)
})
