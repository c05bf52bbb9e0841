/** What comes from the server, by the book and not, and what goes out before the handshake is over. */
import { type Conversation, frames, letters, type Step } from '../conversation.ts'
import { close, type FrameSpec, frame, OPCODE } from '../frames.ts'

const { text, binary, continuation, ping, pong } = OPCODE
const CLOSE: Step = { send: close() }

/** The server says this first; the client hears it, answers by closing, and that is all. */
const GREETINGS: Readonly<Record<string, readonly FrameSpec[]>> = {
  'a message with the answer to the handshake': [{ opcode: text, payload: 'welcome' }],
  'an empty one': [{ opcode: text }],
  '200 KB': [{ opcode: binary, payload: letters(200_000) }],
  'a message in parts with a ping in between': [
    { opcode: text, payload: 'wel', fin: false },
    { opcode: ping, payload: 'there?' },
    { opcode: continuation, payload: 'come' },
  ],
  'a pong that nobody asked for': [{ opcode: pong }],
  'reserved bits': [{ opcode: text, payload: 'x', rsv: 7 }],
  'opcodes that nobody knows': [
    { opcode: 3, payload: 'x' },
    { opcode: 15, payload: letters(200) },
  ],
  'a ping of 4000 bytes': [{ opcode: ping, payload: letters(4000) }],
  'bytes that are no UTF-8': [{ opcode: text, payload: Buffer.from('c328a0ff', 'hex') }],
  'a part of nothing': [{ opcode: continuation, payload: 'x' }],
  'lengths in more bytes than it takes': [
    { opcode: text, payload: 'x', wide: 2 },
    { opcode: text, payload: 'y', wide: 8 },
  ],
  'a frame that is masked': [{ opcode: text, payload: 'masked', key: 0x01020304 }],
  '2000 small messages': Array.from({ length: 2000 }, (_, n) => ({ opcode: text, payload: `message ${n}` })),
}

const greetings = Object.entries(GREETINGS).map(([name, specs]): Conversation => {
  const greeting = frames(...specs.map((spec) => ({ key: 'none', ...spec }) as const))
  return { name, greeting, steps: [{ until: specs.length }, CLOSE], code: 1000 }
})

const serverCloses: readonly Conversation[] = [
  {
    name: 'the server closes first',
    greeting: frame({ opcode: OPCODE.close, payload: Buffer.from('03e9', 'hex'), key: 'none' }),
    steps: [{ until: 1 }, { send: close(1001) }],
    code: 1001,
  },
  {
    name: 'half a frame of the server, then its end',
    greeting: frame({ opcode: text, payload: letters(500), key: 'none' }).subarray(0, 250),
    steps: [CLOSE],
    code: 'none',
  },
]

const early: readonly Conversation[] = [
  {
    name: 'a message at once',
    early: frame({ opcode: text, payload: 'impatient' }),
    steps: [{ until: 1 }, CLOSE],
    code: 1000,
  },
  { name: 'all of it at once', early: Buffer.concat([frame({ opcode: ping }), close()]), steps: [], code: 1000 },
  {
    name: 'half a frame at once',
    early: frame({ opcode: text, payload: 'two' }).subarray(0, 5),
    steps: [{ send: frame({ opcode: text, payload: 'two' }).subarray(5) }, { until: 1 }, CLOSE],
    code: 1000,
  },
  {
    name: '50 KB at once',
    early: frame({ opcode: binary, payload: letters(50_000) }),
    steps: [{ until: 1 }, CLOSE],
    code: 1000,
  },
]

const agreements: readonly Conversation[] = [
  { name: 'no protocol', steps: [CLOSE], code: 1000 },
  { name: 'one protocol', offer: { 'sec-websocket-protocol': 'chat' }, steps: [CLOSE], code: 1000 },
  {
    name: 'some protocols',
    offer: { 'sec-websocket-protocol': 'superchat, chat;v=2 , x' },
    steps: [CLOSE],
    code: 1000,
  },
  { name: 'an origin', offer: { origin: 'https://elsewhere.test' }, steps: [CLOSE], code: 1000 },
  { name: 'a cookie', offer: { cookie: 'session=1; theme=dark' }, steps: [CLOSE], code: 1000 },
]

export const SERVER = [...greetings, ...serverCloses, ...early, ...agreements]
