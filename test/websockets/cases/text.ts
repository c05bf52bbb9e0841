/** Text that is UTF-8 (RFC 3629), and bytes that are not: whole, cut between frames, cut between bytes. */
import { type Conversation, frames, type Step } from '../conversation.ts'
import { close, frame, OPCODE } from '../frames.ts'

const { text, continuation } = OPCODE
const CLOSE: Step = { send: close() }

/** In hexadecimal: the ends of each length of sequence, and characters that decoders trip over. */
const GOOD = {
  'one byte': '00 7f',
  'two bytes': 'c280 dfbf',
  'three bytes': 'e0a080 efbfbf',
  'around the surrogates': 'ed9fbf ee8080',
  'four bytes': 'f0908080 f48fbfbf',
  'a mark of byte order': 'efbbbf 61',
  'what is no character': 'efbfbe efb790 f09fbfbe f48fbfbe',
  Greek: 'cebae1bdb9cf83cebcceb5',
  'a smile and its skin': 'f09f918b f09f8fbd',
}
const BAD = {
  'a lone continuation': '80',
  continuations: '61 80bf 62',
  'two bytes cut short': 'c2',
  'three bytes cut short': 'e0a0',
  'four bytes cut short': 'f09080 61',
  'a start without its rest': 'c2 61',
  'all starts': 'c3 e1 f1',
  'one byte too long': 'c080',
  'one byte too long, in three': 'e08080',
  'one byte too long, in four': 'f0808080',
  'two bytes too long, in three': 'e09fbf',
  'a surrogate': 'eda080',
  'a pair of surrogates': 'eda080 edb080',
  'beyond the last character': 'f4908080',
  'five bytes': 'f888808080',
  'six bytes': 'fc8480808080',
  'bytes that never occur': 'fe ff',
  'Greek, then a surrogate': 'cebae1bdb9cf83cebcceb5eda080656469746564',
}

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')

/** Whole, byte by byte, and with each byte in a frame of its own. */
function three(name: string, payload: Buffer, behind: readonly Step[], code: number): Conversation[] {
  const whole = frame({ opcode: text, payload })
  const last = payload.length - 1
  const parts = [...payload].map((byte, i) => ({
    ...{ opcode: i === 0 ? text : continuation, payload: Buffer.from([byte]), fin: i === last },
  }))
  return [
    { name, steps: [{ send: whole }, ...behind], code },
    { name: `${name}, byte by byte`, steps: [{ send: whole, inPieces: 1 }, ...behind], code },
    { name: `${name}, a frame for each byte`, steps: [{ send: frames(...parts) }, ...behind], code },
  ]
}

export const TEXT = [
  ...Object.entries(GOOD).flatMap(([name, hex]) => three(name, bytes(hex), [{ until: 1 }, CLOSE], 1000)),
  ...Object.entries(BAD).flatMap(([name, hex]) => three(name, bytes(hex), [], 1007)),
]
