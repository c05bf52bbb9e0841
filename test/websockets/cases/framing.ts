/** Messages of all sizes, in one frame and in many, in one piece and in many. */
import { type Conversation, frames, letters, type Step } from '../conversation.ts'
import { close, type FrameSpec, frame, OPCODE } from '../frames.ts'

const { text, binary, continuation, ping, pong } = OPCODE
/** Around the lengths at which the form of a frame changes, and the sizes of buffers. */
const SIZES = [0, 1, 125, 126, 127, 128, 16_383, 16_384, 65_535, 65_536, 65_537, 200_000]
const CLOSE: Step = { send: close() }

const sizes = [text, binary].flatMap((opcode) =>
  SIZES.map((size): Conversation => {
    const send = frame({ opcode, payload: letters(size) })
    return { name: `opcode ${opcode}, ${size} bytes`, steps: [{ send }, { until: 1 }, CLOSE], code: 1000 }
  }),
)

const pieces = [
  [1, 300],
  [7, 2_000],
  [997, 65_536],
].map(([inPieces = 1, size = 1]): Conversation => {
  const send = Buffer.concat([frame({ opcode: text, payload: letters(size) }), close()])
  return { name: `${size} bytes in pieces of ${inPieces}`, steps: [{ send, inPieces }], code: 1000 }
})

/** A message in parts of one size. */
function parted(opcode: number, payload: string, size: number, between: readonly FrameSpec[] = []): Buffer {
  const parts: FrameSpec[] = []
  for (let at = 0; at < payload.length; at += size) {
    const fin = at + size >= payload.length
    parts.push({ opcode: at === 0 ? opcode : continuation, payload: payload.slice(at, at + size), fin })
    if (!fin) parts.push(...between)
  }
  return frames(...parts)
}

const fragments: readonly Conversation[] = [
  { name: 'text in two', steps: [{ send: parted(text, letters(20), 10) }, CLOSE], code: 1000 },
  { name: 'binary in 300 of one byte', steps: [{ send: parted(binary, letters(300), 1) }, CLOSE], code: 1000 },
  { name: '64 KiB in parts of 1 KiB', steps: [{ send: parted(text, letters(65_536), 1_024) }, CLOSE], code: 1000 },
  {
    name: 'a ping between any two parts',
    steps: [{ send: parted(text, letters(100), 10, [{ opcode: ping, payload: 'between' }]) }, { until: 10 }, CLOSE],
    code: 1000,
  },
  {
    name: 'parts, pings and pongs byte by byte',
    steps: [{ send: parted(text, letters(60), 20, [{ opcode: ping }, { opcode: pong }]), inPieces: 1 }, CLOSE],
    code: 1000,
  },
  {
    name: 'empty parts',
    steps: [
      {
        send: frames(
          { opcode: text, fin: false },
          { opcode: continuation, fin: false },
          { opcode: continuation, payload: 'x' },
        ),
      },
      CLOSE,
    ],
    code: 1000,
  },
  {
    name: 'nothing but empty parts',
    steps: [{ send: frames({ opcode: binary, fin: false }, { opcode: continuation }) }, CLOSE],
    code: 1000,
  },
  {
    name: 'the end of one message and the beginning of the next in one piece',
    steps: [{ send: Buffer.concat([parted(text, letters(9), 3), parted(binary, letters(9), 4)]) }, CLOSE],
    code: 1000,
  },
  {
    name: 'a message that is never complete',
    steps: [{ send: frames({ opcode: text, payload: 'part', fin: false }) }, CLOSE],
    code: 1000,
  },
]

const wrong: readonly Conversation[] = [
  { name: 'a part of nothing', send: frames({ opcode: continuation, payload: 'x' }) },
  { name: 'an unfinished part of nothing', send: frames({ opcode: continuation, fin: false }) },
  { name: 'a message within another', send: frames({ opcode: text, fin: false }, { opcode: text, payload: 'x' }) },
  { name: 'another kind within', send: frames({ opcode: binary, fin: false }, { opcode: text, fin: false }) },
  {
    name: 'a part behind the last one',
    send: Buffer.concat([parted(text, letters(9), 3), frames({ opcode: continuation, payload: 'x' })]),
  },
].map(({ name, send }) => ({ name, steps: [{ send }], code: 1002 }))

const lengths: readonly Conversation[] = [
  { name: 'a length in more bytes than it takes: 2', send: frame({ opcode: text, payload: 'five!', wide: 2 }) },
  {
    name: 'a length in more bytes than it takes: 8',
    send: frame({ opcode: binary, payload: letters(300), wide: 8 }),
  },
].map(({ name, send }) => ({ name, steps: [{ send }], code: 1002 }))

export const FRAMING = [...sizes, ...pieces, ...fragments, ...wrong, ...lengths]
