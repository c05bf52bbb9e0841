/** Compressed messages (RFC 7692): what is agreed on, what becomes of it, and how it is broken. */
import { type Conversation, letters, type Step } from '../conversation.ts'
import { agree, MessageDeflate } from '../deflate.ts'
import { close, frame, OPCODE } from '../frames.ts'

const { text, binary, continuation, ping } = OPCODE
const CLOSE: Step = { send: close() }
const RSV1 = 4

/** What clients ask for; the server takes some of it. */
const OFFERS = {
  plain: 'permessage-deflate',
  'as a browser does': 'permessage-deflate; client_max_window_bits',
  'nothing taken over by the server': 'permessage-deflate; server_no_context_takeover',
  'nothing taken over': 'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
  'a list': 'permessage-deflate; unheard_of=1, x-other, permessage-deflate; client_no_context_takeover',
}
const DECLINED = {
  'unknown parameters': 'permessage-deflate; unheard_of',
  'another extension': 'x-webkit-deflate-frame',
}

const MESSAGES = ['', 'a', letters(500), letters(500), '\u{1f600}'.repeat(50), letters(100_000)]

const offered = (offer: string) => ({ 'sec-websocket-extensions': offer })
const compressed = (deflate: MessageDeflate, payload: string | Buffer, opcode: number = text): Buffer =>
  frame({ opcode, payload: deflate.compress(Buffer.from(payload)), rsv: RSV1 })

const agreed = Object.entries(OFFERS).flatMap(([name, offer]): Conversation[] => {
  const deflate = new MessageDeflate({ takesOver: agree(offer)!.clientTakesOver })
  const send = Buffer.concat(MESSAGES.map((message) => compressed(deflate, message)))
  const steps: readonly Step[] = [{ send }, { until: MESSAGES.length }, CLOSE]
  const inPieces = Math.ceil(send.length / 200)
  return [
    { name, offer: offered(offer), steps, code: 1000 },
    { name: `${name}, in pieces`, offer: offered(offer), steps: [{ send, inPieces }, ...steps.slice(1)], code: 1000 },
  ]
})

const declined = Object.entries(DECLINED).flatMap(([name, offer]): Conversation[] => [
  { name, offer: offered(offer), steps: [{ send: frame({ opcode: text, payload: 'x' }) }, CLOSE], code: 1000 },
  {
    name: `${name}, and compressed all the same`,
    offer: offered(offer),
    steps: [{ send: compressed(new MessageDeflate({ takesOver: false }), 'x') }],
    code: 1002,
  },
])

const fresh = () => new MessageDeflate({ takesOver: false })
const coded = fresh().compress(Buffer.from(letters(2000)))
const more: readonly (Omit<Conversation, 'steps' | 'offer'> & { readonly send: Buffer })[] = [
  {
    name: 'one that is not compressed among them',
    send: Buffer.concat([frame({ opcode: text, payload: 'plain' }), compressed(fresh(), 'not'), close()]),
    code: 1000,
  },
  {
    name: 'bytes',
    send: Buffer.concat([compressed(fresh(), Buffer.alloc(70_000, 0xff), binary), close()]),
    code: 1000,
  },
  {
    name: 'in parts with a ping in between',
    send: Buffer.concat([
      frame({ opcode: text, payload: coded.subarray(0, 9), rsv: RSV1, fin: false }),
      frame({ opcode: ping }),
      frame({ opcode: continuation, payload: coded.subarray(9) }),
      close(),
    ]),
    code: 1000,
  },
  {
    name: 'the bit on a later part',
    send: Buffer.concat([
      frame({ opcode: text, payload: coded.subarray(0, 9), rsv: RSV1, fin: false }),
      frame({ opcode: continuation, payload: coded.subarray(9), rsv: RSV1 }),
    ]),
    code: 1002,
  },
  { name: 'the bit on a ping', send: frame({ opcode: ping, rsv: RSV1 }), code: 1002 },
  { name: 'other bits', send: frame({ opcode: text, payload: coded, rsv: 6 }), code: 1002 },
  { name: 'what is not compressed', send: frame({ opcode: text, payload: '\xff\xff\xff\xff', rsv: RSV1 }), code: 1007 },
  {
    name: 'no UTF-8 in it',
    send: compressed(fresh(), Buffer.from('c328', 'hex')),
    code: 1007,
  },
]

export const COMPRESSION: readonly Conversation[] = [
  ...agreed,
  ...declined,
  ...more.map(({ send, ...each }) => ({ ...each, offer: offered(OFFERS['nothing taken over']), steps: [{ send }] })),
]
