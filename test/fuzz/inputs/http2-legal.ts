/** Conversations on HTTP/2 without any mistake: requests with bodies and trailers, woven into each other. */
import type { Random } from '../../../src/lib/random.ts'
import { FLAG, FRAME } from '../../../src/proxy/http2/frames.ts'
import { HpackEncoder } from '../../../src/proxy/http2/hpack/encoder.ts'
import { PREFACE } from '../../../src/proxy/http2/preface.ts'
import { WriteBuffer } from '../../../src/proxy/http2/write-buffer.ts'
import { frame, type Pairs, setting, settings, uint32 } from '../../http2/raw.ts'
import { below, chance, oneOf } from './choice.ts'
import { anyBlock } from './http2.ts'

type Encode = (random: Random, pairs: Pairs) => Buffer

/** With a table that both sides keep, as our own encoder does; or spelled out in every way there is. */
function anyEncoder(random: Random): Encode {
  if (chance(random, 0.5)) return (each, pairs) => anyBlock(each, pairs, false)
  const out = new WriteBuffer()
  const encoder = new HpackEncoder(out)
  return (_random, pairs) => {
    for (const [name, value] of pairs) encoder.pseudo(name, value)
    const block = Buffer.from(out.view())
    out.written(true)
    return block
  }
}

function anyRequest(random: Random, hasBody: boolean): Pairs {
  const fields: Pairs = Array.from({ length: below(random, 6) }, () => [
    `x-${below(random, 5)}`,
    oneOf(random, ['', 'often', '\xe9', 'a b', 'v'.repeat(below(random, 200)), String(below(random, 1000))]),
  ])
  return [
    [':method', hasBody ? 'POST' : oneOf(random, ['GET', 'HEAD', 'DELETE'])],
    [':scheme', 'http'],
    [':path', oneOf(random, ['/', '/a?b', '/%2e', `/${below(random, 9)}`])],
    [':authority', 'a.test'],
    ...fields,
  ]
}

/** A block in HEADERS and any number of CONTINUATION frames, now and then padded. */
function headFrames(random: Random, stream: number, block: Buffer, end: number): Buffer {
  const padding = chance(random, 0.2) ? below(random, 30) : -1
  const cut = chance(random, 0.3) ? below(random, block.length) : block.length
  const first =
    padding < 0 ? [block.subarray(0, cut)] : [Buffer.from([padding]), block.subarray(0, cut), Buffer.alloc(padding)]
  const done = cut === block.length ? FLAG.endHeaders : 0
  const head = frame(FRAME.headers, end | done | (padding < 0 ? 0 : FLAG.padded), stream, Buffer.concat(first))
  return done > 0
    ? head
    : Buffer.concat([head, frame(FRAME.continuation, FLAG.endHeaders, stream, block.subarray(cut))])
}

function dataFrame(random: Random, stream: number, end: number): Buffer {
  const body = Buffer.alloc(below(random, 300), 0x61 + below(random, 26))
  if (chance(random, 0.7)) return frame(FRAME.data, end, stream, body)
  const padding = below(random, 30)
  return frame(
    FRAME.data,
    end | FLAG.padded,
    stream,
    Buffer.concat([Buffer.from([padding]), body, Buffer.alloc(padding)]),
  )
}

/** Frames that disturb nobody. */
function anyAside(random: Random, stream: number): Buffer {
  return oneOf(random, [
    frame(FRAME.ping, 0, 0, '12345678'),
    frame(FRAME.windowUpdate, 0, 0, uint32(1 + below(random, 1000))),
    frame(FRAME.priority, 0, stream + 100, Buffer.concat([uint32(0), Buffer.from([1])])),
    settings(setting(3, 100), setting(0xfafa, 1)),
    frame(0xfa, 0xff, stream, 'unknown'),
  ])
}

export function legalConversation(random: Random): Buffer {
  const encode = anyEncoder(random)
  const parts: Buffer[] = [PREFACE, settings(setting(4, 1 << 20))]
  const open: number[] = []
  const count = 1 + below(random, 6)
  for (let next = 1, steps = 0; steps < 40 && (next < 2 * count || open.length > 0); steps++) {
    if (chance(random, 0.15)) parts.push(anyAside(random, next))
    if (next < 2 * count && (open.length === 0 || chance(random, 0.4))) {
      const hasBody = chance(random, 0.6)
      parts.push(headFrames(random, next, encode(random, anyRequest(random, hasBody)), hasBody ? 0 : FLAG.endStream))
      if (hasBody) open.push(next)
      next += 2
      continue
    }
    const stream = oneOf(random, open)
    const ends = chance(random, 0.4)
    if (ends) open.splice(open.indexOf(stream), 1)
    if (ends && chance(random, 0.4)) {
      parts.push(headFrames(random, stream, encode(random, [['x-trailer', '1']]), FLAG.endStream))
    } else parts.push(dataFrame(random, stream, ends ? FLAG.endStream : 0))
  }
  return Buffer.concat(parts)
}
