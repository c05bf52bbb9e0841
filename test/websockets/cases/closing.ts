/** How WebSockets end: by every code, by what is behind a close frame, by silence in the middle of a frame. */
import { type Conversation, frames, letters, type Step } from '../conversation.ts'
import { close, frame, OPCODE, uint16 } from '../frames.ts'

const { text, ping } = OPCODE
const CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
const BAD_CODES = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]
const HELLO = frame({ opcode: text, payload: 'hello' })
const CLOSE: Step = { send: close() }

const codes: readonly Conversation[] = [
  ...CODES.map((code) => ({ name: `code ${code}`, steps: [{ send: close(code, 'because') }], code })),
  ...BAD_CODES.map((code) => ({ name: `code ${code}`, steps: [{ send: close(code) }], code: 1002 })),
]

const payloads: readonly Conversation[] = [
  { name: 'no code', steps: [{ send: close(Buffer.alloc(0)) }], code: 0 },
  { name: 'half a code', steps: [{ send: close(Buffer.from([3])) }], code: 1002 },
  { name: 'the longest reason', steps: [{ send: close(1000, letters(123)) }], code: 1000 },
  { name: 'a reason too long', steps: [{ send: close(1000, letters(124)) }], code: 1002 },
  { name: 'a reason in other letters', steps: [{ send: close(1000, 'genug für heute ✓') }], code: 1000 },
  { name: 'a reason that is no text', steps: [{ send: close(1000, Buffer.from('c328', 'hex')) }], code: 1007 },
  { name: 'byte by byte', steps: [{ send: close(1000, 'slowly'), inPieces: 1 }], code: 1000 },
  {
    name: 'in parts',
    steps: [{ send: frame({ opcode: OPCODE.close, payload: uint16(1000), fin: false }) }],
    code: 1002,
  },
]

const order: readonly Conversation[] = [
  { name: 'a message behind it', steps: [{ send: Buffer.concat([close(), HELLO]) }], code: 1000 },
  { name: 'a ping behind it', steps: [{ send: Buffer.concat([close(), frame({ opcode: ping })]) }], code: 1000 },
  { name: 'another one behind it', steps: [{ send: Buffer.concat([close(1001), close(1000)]) }], code: 1001 },
  { name: 'within a message', steps: [{ send: frames({ opcode: text, fin: false }) }, CLOSE], code: 1000 },
  {
    name: '300 KB and then it',
    steps: [{ send: frame({ opcode: text, payload: letters(300_000) }) }, CLOSE],
    code: 1000,
  },
]

const ends: readonly Conversation[] = [
  { name: 'an end without it', steps: [{ send: HELLO }, { until: 1 }, 'end'], code: 'none' },
  { name: 'an end before anything', steps: ['end'], code: 'none' },
  {
    name: 'an end after the first byte of a frame',
    steps: [{ send: HELLO }, { until: 1 }, { send: HELLO.subarray(0, 1) }, 'end'],
    code: 'none',
  },
  {
    name: 'an end within a length',
    steps: [{ send: frame({ opcode: text, payload: letters(300) }).subarray(0, 3) }, 'end'],
    code: 'none',
  },
  { name: 'an end within a mask', steps: [{ send: HELLO.subarray(0, 4) }, 'end'], code: 'none' },
  {
    name: 'an end within a payload',
    steps: [{ send: frame({ opcode: text, payload: letters(70_000) }).subarray(0, 60_000) }, 'end'],
    code: 'none',
  },
  {
    name: 'an end, and 3 MB that come after it',
    steps: [{ send: frame({ opcode: text, payload: letters(3_000_000) }) }, 'end'],
    code: 'none',
  },
  { name: 'an end behind it', steps: [CLOSE, 'end'], code: 1000 },
  {
    name: 'a length that never comes',
    steps: [{ send: Buffer.from('82ff7fffffffffffffff00000000', 'hex') }, { send: HELLO }, 'end'],
    code: 'none',
  },
  {
    name: 'a length beyond all numbers',
    steps: [{ send: Buffer.from('82ffffffffffffffffff00000000', 'hex') }, { send: HELLO }, 'end'],
    code: 'none',
  },
]

export const CLOSING = [...codes, ...payloads, ...order, ...ends]
