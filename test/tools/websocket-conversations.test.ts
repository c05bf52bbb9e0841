/**
 * The large half of the set under `test/websockets`: messages of 16 MiB, in one frame and in many thousands, long
 * conversations; through a process of its own.
 */
import { type TestContext, test } from 'node:test'
import { startTarget } from '../conformance/target.ts'
import { type Conversation, letters, type Step } from '../websockets/conversation.ts'
import { MessageDeflate } from '../websockets/deflate.ts'
import { close, frame, OPCODE } from '../websockets/frames.ts'
import { ConversationServer } from '../websockets/server.ts'
import { compare, straight, waysThrough } from '../websockets/world.ts'

const { text, binary, continuation, ping } = OPCODE
const MIB = 1 << 20
const CLOSE: Step = { send: close() }

const sizes = [1, 4, 16].flatMap((mib) =>
  [text, binary].map((opcode): Conversation => {
    const send = frame({ opcode, payload: letters(mib * MIB) })
    return { name: `opcode ${opcode}, ${mib} MiB`, steps: [{ send }, { until: 1 }, CLOSE], code: 1000 }
  }),
)

/** 4 MiB in frames of one size, and a ping after each hundredth. */
const parted = [64, 1_024, 65_536].map((size): Conversation => {
  const parts: Buffer[] = []
  const count = (4 * MIB) / size
  for (let n = 0; n < count; n++) {
    const opcode = n === 0 ? binary : continuation
    parts.push(frame({ opcode, payload: letters(size), fin: n === count - 1 }))
    if (n % 100 === 99) parts.push(frame({ opcode: ping, payload: `${n}` }))
  }
  return { name: `4 MiB in frames of ${size}`, steps: [{ send: Buffer.concat(parts) }, CLOSE], code: 1000 }
})

const pieces = [128, 1_300].map((inPieces): Conversation => {
  const send = Buffer.concat([frame({ opcode: text, payload: letters(MIB) }), close()])
  return { name: `1 MiB in pieces of ${inPieces}`, steps: [{ send, inPieces }], code: 1000 }
})

const turns = [10, 4_000].map((size): Conversation => {
  const steps = Array.from({ length: 1_000 }, (_, n): Step[] => [
    { send: frame({ opcode: text, payload: letters(size) }) },
    { until: n + 1 },
  ])
  return { name: `1000 messages of ${size} by turns`, steps: [...steps.flat(), CLOSE], code: 1000 }
})

const deflate = new MessageDeflate({ takesOver: true })
const compressed: Conversation = {
  name: '200 compressed messages of 60 KB',
  offer: { 'sec-websocket-extensions': 'permessage-deflate' },
  steps: [
    ...Array.from({ length: 200 }, (_, n): Step => {
      const payload = deflate.compress(Buffer.from(`${n} ${letters(60_000)}`))
      return { send: frame({ opcode: text, payload, rsv: 4 }) }
    }),
    { until: 200 },
    CLOSE,
  ],
  code: 1000,
}

test('large and long WebSockets', async (t: TestContext) => {
  const target = await startTarget('*')
  t.after(() => target.stop())
  const server = await new ConversationServer().listen(t, target.backendPort)
  const ways = { direct: straight(t, server), through: await waysThrough(t, server, target) }
  await compare(t, ways, [...sizes, ...parted, ...pieces, ...turns, compressed])
})
