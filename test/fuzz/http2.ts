/**
 * The campaigns against the HTTP/2 codec. However the bytes are cut, the same is told and the same is answered; what is
 * taken for a request can be written as HTTP/1.1 and reads there as that very request; nothing is ever thrown.
 */
import assert from 'node:assert/strict'
import type { Random } from '../../src/lib/random.ts'
import { HeaderList } from '../../src/proxy/headers.ts'
import { headText } from '../../src/proxy/http1/head-text.ts'
import { parseRequestHead } from '../../src/proxy/http1/request-head.ts'
import type { RequestHead, ResponseHead } from '../../src/proxy/http2/heads.ts'
import { HpackDecoder } from '../../src/proxy/http2/hpack/decoder.ts'
import type { Field } from '../../src/proxy/http2/hpack/field.ts'
import { BlockReader, type framesOf } from '../http2/raw.ts'
import { ClientRig, linesOf, Record, ServerRig } from '../http2/rig.ts'
import type { Campaign } from './campaign.ts'
import { below, chance } from './inputs/choice.ts'
import { anyBlock, anyConversation } from './inputs/http2.ts'
import { mutate } from './inputs/mutate.ts'

const LIMITS = { requestLineBytes: 16_384, headerFields: 1000 }
const BODY = Buffer.alloc(300, 0x61)
const shrinkAttempts = 3_000

type Rig = ServerRig | ClientRig

/** What a connection has told and answered, comparable as a whole. */
interface Story {
  readonly records: readonly unknown[]
  readonly violations: readonly string[]
  readonly answered: string
}

const pieces = (random: Random, text: string): Buffer[] => {
  const bytes = Buffer.from(text, 'latin1')
  const cuts: Buffer[] = []
  const most = 1 + below(random, chance(random, 0.3) ? 1 : 60)
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + below(random, most)
    cuts.push(bytes.subarray(at, at + size))
    at += size
  }
  return cuts.length > 0 ? cuts : [bytes]
}

/** Answers at once, and a body of some length, which now and then waits for window. */
function server(): ServerRig {
  const rig = new ServerRig()
  rig.onRequest = (record) => {
    let sent = 0
    record.onWritable = () => {
      sent += rig.connection.write(record.stream!, BODY, sent, BODY.length, true)
    }
    rig.connection.respond(record.stream!, 200, { fields: new HeaderList(), sensitive: undefined }, false)
    record.onWritable()
  }
  return rig
}

function client(): { rig: ClientRig; records: Record[] } {
  const rig = new ClientRig()
  // The preface is no frame.
  rig.connection.written(true)
  const request = {
    scheme: 'http',
    authority: 'a',
    path: '/',
    protocol: '',
    fields: new HeaderList(),
    sensitive: undefined,
  }
  const records = ['GET', 'HEAD', 'POST'].map((method) => {
    const record = new Record()
    record.stream = rig.connection.request({ ...request, method }, method !== 'POST', record)
    record.onData = (length) => rig.connection.consumed(record.stream! as never, length)
    return record
  })
  return { rig, records }
}

function story(rig: Rig, records: readonly Record[], input: readonly Buffer[]): Story {
  const answered = input.flatMap((piece) => rig.send(piece))
  checkOutput(answered)
  checkWindows(rig)
  return {
    records: records.map(({ head_, body, ended, trailers, resetCode, informationals }) => ({
      ...(head_ === undefined ? {} : { ...head_, fields: linesOf(head_.fields) }),
      ...{ body, ended, trailers, resetCode, informationals: informationals.map(({ status }) => status) },
    })),
    violations: rig.violations,
    answered: JSON.stringify(
      answered.map(({ type, flags, stream, payload }) => [type, flags, stream, payload.toString('hex')]),
    ),
  }
}

/** Header blocks decode, and nothing follows the frame that ends the connection. */
function checkOutput(frames: ReturnType<typeof framesOf>): void {
  const blocks = new BlockReader()
  for (const { type, payload } of frames) if (type === 1) blocks.read(payload)
}

/** All that came is consumed, but for one frame that has not ended: it is counted as it begins. */
function checkWindows(rig: Rig): void {
  const streams = [...rig.connection.streams]
  const holding = streams.filter(({ unconsumed }) => unconsumed !== 0)
  assert.ok(holding.length <= 1 && holding.every(({ unconsumed }) => unconsumed > 0 && unconsumed <= 16_384))
  assert.ok(streams.every(({ closed, credit }) => !closed && credit >= 0))
}

/** No request may mean something else to a backend that reads HTTP/1.1. */
function checkDowngrade({ head_ }: Record): string | undefined {
  const head = head_ as RequestHead
  if (head.method === 'CONNECT') return undefined
  const text = `${head.method} ${head.path} HTTP/1.1\r\n${head.fields.lines()}`
  const parsed = parseRequestHead(headText(text), LIMITS)
  if (typeof parsed === 'string') return `as HTTP/1.1: ${parsed}: ${JSON.stringify(text)}`
  const same =
    parsed.method === head.method && parsed.target === head.path && parsed.fields.get('host') === head.authority
  if (!same) return `as HTTP/1.1 it is another request: ${JSON.stringify(text)}`
  assert.deepEqual(linesOf(parsed.fields), linesOf(head.fields))
  assert.equal(parsed.fields.getAll('host').length, 1)
  return undefined
}

function compare(whole: Story, cut: Story): string | undefined {
  assert.deepEqual(cut, whole)
  return undefined
}

function checkServer(input: string, random: Random): string | undefined {
  const whole = server()
  const first = story(whole, whole.records, [Buffer.from(input, 'latin1')])
  for (const record of whole.records) {
    const fault = checkDowngrade(record)
    if (fault !== undefined) return fault
  }
  const cut = server()
  return compare(first, story(cut, cut.records, pieces(random, input)))
}

function checkClient(input: string, random: Random): string | undefined {
  const whole = client()
  const first = story(whole.rig, whole.records, [Buffer.from(input, 'latin1')])
  for (const { head_ } of whole.records) {
    const status = (head_ as ResponseHead | undefined)?.status
    if (status !== undefined && (status < 200 || status > 599)) return `status ${status} is final`
  }
  const cut = client()
  return compare(first, story(cut.rig, cut.records, pieces(random, input)))
}

/** Blocks of any bytes: never thrown at, and the table stays within its bounds. */
function checkBlock(input: string): string | undefined {
  const decoder = new HpackDecoder()
  const bytes = Buffer.from(input, 'latin1')
  for (let n = 0; n < 3; n++) {
    const add = ({ line, nameLength }: Field): boolean => {
      assert.ok(line.endsWith('\r\n') && line[nameLength] === ':')
      return true
    }
    const whole = decoder.decode(bytes, 0, bytes.length, { add })
    if (decoder.size > 4096) return `the table has ${decoder.size} bytes`
    if (!whole) return undefined
  }
  return undefined
}

const damaged =
  (any: Campaign['input']): Campaign['input'] =>
  (random) =>
    chance(random, 0.3) ? mutate(random, any(random), any(random)) : any(random)
const block = (random: Random): string =>
  anyBlock(random, [
    [':method', 'GET'],
    ['x-a', 'b'],
    ['x-b', 'c'.repeat(below(random, 300))],
  ]).toString('latin1')

export const HTTP2: readonly Campaign[] = [
  {
    name: 'http2-server',
    input: damaged((random) => anyConversation(random, true)),
    check: checkServer,
    shrinkAttempts,
  },
  {
    name: 'http2-client',
    input: damaged((random) => anyConversation(random, false)),
    check: checkClient,
    shrinkAttempts,
  },
  { name: 'http2-hpack', input: damaged(block), check: checkBlock, shrinkAttempts },
]
