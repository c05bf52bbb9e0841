/** Pings and pongs, reserved bits, opcodes that nobody knows, masks. */
import { type Conversation, frames, letters, type Step } from '../conversation.ts'
import { close, frame, OPCODE } from '../frames.ts'

const { text, binary, continuation, ping, pong } = OPCODE
const CLOSE: Step = { send: close() }
const HELLO = frame({ opcode: text, payload: 'hello' })

const pings: readonly Conversation[] = [
  ...[0, 1, 124, 125].map((size): Conversation => {
    const send = frame({ opcode: ping, payload: letters(size) })
    return { name: `a ping of ${size} bytes`, steps: [{ send }, { until: 1 }, CLOSE], code: 1000 }
  }),
  {
    name: 'a ping that is no text',
    steps: [{ send: frame({ opcode: ping, payload: Buffer.from('00fffefdfcfb0000ff', 'hex') }) }, CLOSE],
    code: 1000,
  },
  { name: 'a ping of 126 bytes', steps: [{ send: frame({ opcode: ping, payload: letters(126) }) }], code: 1002 },
  { name: 'a ping of 66000 bytes', steps: [{ send: frame({ opcode: ping, payload: letters(66_000) }) }], code: 1002 },
  { name: 'a ping in parts', steps: [{ send: frame({ opcode: ping, fin: false }) }], code: 1002 },
  {
    name: 'pongs that nobody asked for',
    steps: [{ send: frames({ opcode: pong }, { opcode: pong }) }, CLOSE],
    code: 1000,
  },
  { name: 'a pong with a payload', steps: [{ send: frame({ opcode: pong, payload: 'why' }) }, CLOSE], code: 1000 },
  { name: 'a pong of 126 bytes', steps: [{ send: frame({ opcode: pong, payload: letters(126) }) }], code: 1002 },
  {
    name: 'a flood of 3000 pings',
    steps: [
      { send: Buffer.concat(Array.from({ length: 3000 }, (_, n) => frame({ opcode: ping, payload: `${n}` }))) },
      CLOSE,
    ],
    code: 1000,
  },
  {
    name: 'ten pings, byte by byte',
    steps: [
      { send: frames(...Array.from({ length: 10 }, (_, n) => ({ opcode: ping, payload: `ping ${n}` }))), inPieces: 1 },
      { until: 10 },
      CLOSE,
    ],
    code: 1000,
  },
  {
    name: 'by turns',
    steps: [
      ...Array.from({ length: 20 }, (_, n): Step[] => [
        { send: n % 2 ? HELLO : frame({ opcode: ping }) },
        { until: n + 1 },
      ]).flat(),
      CLOSE,
    ],
    code: 1000,
  },
]

const reserved = [1, 2, 3, 4, 5, 6, 7].flatMap((rsv): Conversation[] => [
  { name: `reserved bits ${rsv} on text`, steps: [{ send: frame({ opcode: text, payload: 'x', rsv }) }], code: 1002 },
  {
    name: `reserved bits ${rsv} on binary behind a good message`,
    steps: [{ send: Buffer.concat([HELLO, frame({ opcode: binary, payload: letters(300), rsv }), HELLO]) }],
    code: 1002,
  },
  {
    name: `reserved bits ${rsv} on a ping, byte by byte`,
    steps: [{ send: Buffer.concat([HELLO, frame({ opcode: ping, rsv })]), inPieces: 1 }],
    code: 1002,
  },
  {
    name: `reserved bits ${rsv} on a close frame`,
    steps: [{ send: frame({ opcode: OPCODE.close, rsv }) }],
    code: 1002,
  },
  {
    name: `reserved bits ${rsv} on a part`,
    steps: [{ send: frames({ opcode: text, fin: false }, { opcode: continuation, rsv, payload: 'x' }) }],
    code: 1002,
  },
])

const unknown = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode): Conversation[] => [
  { name: `opcode ${opcode}`, steps: [{ send: frame({ opcode }) }], code: 1002 },
  {
    name: `opcode ${opcode} with a payload between two messages`,
    steps: [{ send: Buffer.concat([HELLO, frame({ opcode, payload: letters(130) }), HELLO]) }],
    code: 1002,
  },
  {
    name: `opcode ${opcode} within a message`,
    steps: [{ send: frames({ opcode: text, fin: false }, { opcode, payload: 'x' }), inPieces: 1 }],
    code: 1002,
  },
])

const masks: readonly Conversation[] = [
  { name: 'no mask', steps: [{ send: frame({ opcode: text, payload: 'bare', key: 'none' }) }], code: 1002 },
  { name: 'a ping without a mask', steps: [{ send: frame({ opcode: ping, key: 'none' }) }], code: 1002 },
  ...[0, 1, 0xffffffff, 0x0d0a0d0a, 0x81810101].map((key): Conversation => {
    const send = frames({ opcode: text, payload: letters(70), key }, { opcode: ping, payload: '\r\n\r\n', key })
    return { name: `mask ${key.toString(16)}`, steps: [{ send }, { until: 2 }, CLOSE], code: 1000 }
  }),
  {
    name: 'a payload that looks like requests',
    steps: [
      { send: frame({ opcode: binary, payload: 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'.repeat(9), key: 0 }) },
      CLOSE,
    ],
    code: 1000,
  },
]

export const CONTROL = [...pings, ...reserved, ...unknown, ...masks]
