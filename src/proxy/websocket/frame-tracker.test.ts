import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../lib/random.ts'
import { FrameTracker } from './frame-tracker.ts'

const TEXT = 0x1
const CONTINUATION = 0x0
const CLOSE = 0x8
const PING = 0x9

interface Frame {
  readonly opcode?: number
  readonly length: number
  readonly masked?: boolean
  /** Bytes of the length field: 0, 2 or 8; as few as it takes without this. */
  readonly wide?: 0 | 2 | 8
  readonly fin?: boolean
}

/** A frame whose payload looks like headers of frames: whoever reads it as such is lost. */
function frame({ opcode = TEXT, length, masked = false, wide, fin = true }: Frame): Buffer {
  const field = wide ?? (length < 126 ? 0 : length < 65_536 ? 2 : 8)
  const head = Buffer.alloc(2 + field + (masked ? 4 : 0), 0x88)
  head[0] = (fin ? 0x80 : 0) | opcode
  head[1] = (masked ? 0x80 : 0) | (field === 0 ? length : field === 2 ? 126 : 127)
  if (field === 2) head.writeUInt16BE(length, 2)
  if (field === 8) head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, Buffer.alloc(length, 0x88)])
}

/** Offsets behind each frame, as the tracker sees them when bytes come in runs of these lengths. */
function boundaries(all: Buffer, runs: Iterable<number>, tracker = new FrameTracker()): number[] {
  const found: number[] = []
  let at = 0
  for (const run of runs) {
    const end = Math.min(at + run, all.length)
    while (at < end) {
      at = tracker.next(all, at, end)
      if (tracker.between) found.push(at)
    }
  }
  return found
}

const SAMPLES: readonly (readonly [what: string, frames: readonly Frame[]])[] = [
  ['empty ones', [{ length: 0 }, { length: 0, masked: true }, { length: 0 }]],
  ['lengths in the second byte', [{ length: 1 }, { length: 125, masked: true }]],
  ['lengths in 16 bits', [{ length: 126 }, { length: 300, masked: true }, { length: 5, wide: 2 }]],
  ['lengths in 64 bits', [{ length: 7, wide: 8 }, { length: 300, wide: 8, masked: true }, { length: 1 }]],
  [
    'a message in fragments with a ping in between',
    [
      { length: 3, fin: false },
      { opcode: PING, length: 2 },
      { opcode: CONTINUATION, length: 130, fin: false },
      { opcode: CONTINUATION, length: 0 },
    ],
  ],
]

for (const [what, frames] of SAMPLES) {
  test(`frames end where they end, however the bytes come: ${what}`, () => {
    const parts = frames.map(frame)
    const all = Buffer.concat(parts)
    let sum = 0
    const ends = parts.map(({ length }) => (sum += length))
    assert.deepEqual(boundaries(all, [all.length]), ends)
    assert.deepEqual(boundaries(all, Array(all.length).fill(1)), ends)
    for (let cut = 1; cut < all.length; cut++)
      assert.deepEqual(boundaries(all, [cut, all.length]), ends, `cut at ${cut}`)
  })
}

test('lengths at both ends of each form, up to the largest that comes in practice', () => {
  for (const length of [125, 126, 65_535, 65_536, 70_000]) {
    const all = Buffer.concat([frame({ length }), frame({ length: 1 })])
    assert.deepEqual(boundaries(all, [all.length]), [all.length - 3, all.length])
  }
})

test('a frame of 64 bits is counted exactly without its payload being here', () => {
  const head = frame({ length: 0, wide: 8 })
  head.writeBigUInt64BE(BigInt(Number.MAX_SAFE_INTEGER), 2)
  const tracker = new FrameTracker()
  tracker.pass(head, 0, head.length)
  assert.equal(tracker.between, false)
})

test('a frame longer than anything has no end', () => {
  for (const length of [2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
    const head = frame({ length: 0, wide: 8 })
    head.writeBigUInt64BE(length, 2)
    const tracker = new FrameTracker()
    tracker.pass(head, 0, head.length)
    tracker.pass(Buffer.alloc(100_000), 0, 100_000)
    assert.equal(tracker.between, false)
  }
})

test('a close frame counts once it is complete', () => {
  const tracker = new FrameTracker()
  const close = frame({ opcode: CLOSE, length: 2, masked: true })
  tracker.pass(close, 0, close.length - 1)
  assert.equal(tracker.closed, false)
  tracker.pass(close, close.length - 1, close.length)
  assert.deepEqual([tracker.closed, tracker.between], [true, true])
})

test('other frames are no close frames, whatever their payload is', () => {
  const tracker = new FrameTracker()
  for (const opcode of [0, 1, 2, 3, 9, 10, 15]) {
    const bytes = frame({ opcode, length: 200 })
    tracker.pass(bytes, 0, bytes.length)
  }
  assert.equal(tracker.closed, false)
})

test('bytes before and after a run are not looked at', () => {
  const ping = frame({ opcode: PING, length: 4 })
  const all = Buffer.concat([Buffer.alloc(5, 0xff), ping, Buffer.alloc(5, 0xff)])
  const tracker = new FrameTracker()
  assert.equal(tracker.next(all, 5, 5 + ping.length), 5 + ping.length)
  assert.equal(tracker.between, true)
})

for (const seed of [1, 2, 3, 4, 5]) {
  test(`any frames in any runs end where they end (seed ${seed})`, () => {
    const random = seededRandom(seed)
    const below = (n: number): number => Math.floor(random() * n)
    const parts = Array.from({ length: 400 }, () => {
      const wide = ([undefined, undefined, 2, 8] as const)[below(4)]
      const length = random() < 0.1 ? below(70_000) : below(140)
      const fits = wide === 2 && length > 65_535 ? {} : wide === undefined ? {} : { wide }
      return frame({ opcode: below(16), length, masked: random() < 0.5, fin: random() < 0.5, ...fits })
    })
    const all = Buffer.concat(parts)
    let sum = 0
    const ends = parts.map((part) => (sum += part.length))
    function* runs() {
      for (;;) yield 1 + (random() < 0.5 ? below(6) : below(4000))
    }
    const some: number[] = []
    let total = 0
    for (const run of runs()) {
      some.push(run)
      total += run
      if (total >= all.length) break
    }
    assert.deepEqual(boundaries(all, some), ends)
  })
}
