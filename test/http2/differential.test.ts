/**
 * The same legal bytes to our server and to Node's (nghttp2): both see the same requests with the same bodies. What is
 * not legal is left to the tables of errors, since Node drops much of it in silence.
 */
import assert from 'node:assert/strict'
import http2 from 'node:http2'
import { duplexPair } from 'node:stream'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { seededRandom } from '../../src/lib/random.ts'
import type { RequestHead } from '../../src/proxy/http2/heads.ts'
import { legalConversation } from '../fuzz/inputs/http2-legal.ts'
import { linesOf, ServerRig } from './rig.ts'

const RUNS = 400
/** Turns of the event loop that Node gets to read what fits into one buffer; nothing here waits for time. */
const TURNS = 12

interface Seen {
  readonly method: string
  readonly path: string
  readonly authority: string
  readonly fields: string[]
  body: string
  ended: boolean
}

async function seenByNode(bytes: Buffer): Promise<Seen[]> {
  const server = http2.createServer({ settings: { enableConnectProtocol: true } })
  const seen: Seen[] = []
  server.on('stream', (stream: http2.ServerHttp2Stream, _headers, flags, raw: string[]) => {
    const pairs = Array.from({ length: raw.length / 2 }, (_, i) => [raw[2 * i]!, raw[2 * i + 1]!] as const)
    const of = (name: string): string => pairs.find(([field]) => field === name)?.[1] ?? ''
    const fields = pairs.flatMap(([name, value]) => (name.startsWith('x') ? [`${name}: ${value}`] : []))
    const one = {
      method: of(':method'),
      path: of(':path'),
      authority: of(':authority'),
      fields,
      body: '',
      ended: (flags & 1) !== 0,
    }
    seen.push(one)
    stream.setEncoding('latin1').on('data', (text) => {
      one.body += text
    })
    stream.on('end', () => {
      one.ended = true
    })
    stream.on('error', () => {})
  })
  server.on('sessionError', () => {})
  const [client, socket] = duplexPair()
  client.on('error', () => {}).resume()
  socket.on('error', () => {})
  server.emit('connection', socket)
  client.write(bytes)
  for (let turn = 0; turn < TURNS; turn++) await setImmediate()
  client.destroy()
  socket.destroy()
  return seen
}

function seenByUs(bytes: Buffer): Seen[] {
  const rig = new ServerRig()
  rig.send(bytes)
  assert.deepEqual(rig.violations, [])
  return rig.records.map(({ head_, body, ended }) => {
    const { method, path, authority, fields } = head_ as RequestHead
    return { method, path, authority, fields: linesOf(fields).filter((line) => line.startsWith('x')), body, ended }
  })
}

test(`${RUNS} conversations from seed 1: what we see, Node sees`, async () => {
  for (let seed = 1; seed <= RUNS; seed++) {
    const bytes = legalConversation(seededRandom(seed))
    assert.deepEqual(seenByUs(bytes), await seenByNode(bytes), `seed ${seed}`)
  }
})
