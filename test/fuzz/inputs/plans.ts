/** What a backend does with a request: mostly what it should, now and then what a proxy has to survive. */
import type { Random } from '../../../src/lib/random.ts'
import type { RequestHead } from '../reference/requests.ts'
import { values } from '../reference/syntax.ts'
import { below, chance, oneOf } from './choice.ts'
import { mutate } from './mutate.ts'
import { anyResponse } from './responses.ts'

export interface Plan {
  readonly kind: string
  /** Whether the client is to receive all of it and may go on afterwards. */
  readonly sound: boolean
  /** Answer before the body of the request has come. */
  readonly early: boolean
  /** Do not read for a while once the head has come. */
  readonly lazy?: boolean
  /** The content that the client has to receive, unless the answer may have none. */
  readonly content: string | undefined
  /** The answer in the pieces in which it is sent; `serial` tells answers apart. */
  write(head: RequestHead, serial: number): string[]
  readonly after: 'keep' | 'close' | 'reset' | 'tunnel'
}

/** Names the answer that must never reach a client. */
export const POISON = 'poison'

/** About what a connection over loopback takes while nobody reads: what follows has to wait in the proxy. */
export const KERNEL_BYTES = 4_000_000

type Maker = (random: Random) => Plan

const MAKERS: readonly (readonly [weight: number, maker: Maker])[] = [
  [30, (random) => sized(random, 'plain', 'keep')],
  [1, (random) => ({ ...sized(random, 'lazy', 'keep'), lazy: true })],
  [5, (random) => sized(random, 'closing', 'close')],
  [3, (random) => large(random)],
  [12, chunks],
  [8, interim],
  [6, empty],
  [5, untilClose],
  [3, (random) => ({ ...sized(random, 'early', 'close'), sound: false, early: true })],
  [3, (random) => ({ ...sized(random, 'early-keep', 'keep'), sound: false, early: true })],
  [4, followed],
  [4, cut],
  [6, broken],
  [4, silent],
  [6, upgrade],
]
const WEIGHT = MAKERS.reduce((sum, [weight]) => sum + weight, 0)

/** What makes everything on the way wait: backends that do not read, answers larger than every buffer. */
export function bulkPlan(random: Random): Plan {
  const plan = chance(random, 0.5)
    ? large(random, KERNEL_BYTES + below(random, KERNEL_BYTES / 8))
    : sized(random, 'lazy', 'keep')
  return { ...plan, lazy: chance(random, 0.7) }
}

export function anyPlan(random: Random): Plan {
  let left = below(random, WEIGHT)
  for (const [weight, maker] of MAKERS) {
    left -= weight
    if (left < 0) return maker(random)
  }
  throw new Error('weights that do not add up')
}

function sized(random: Random, kind: string, after: 'keep' | 'close'): Plan {
  const content = anyContent(random)
  const closing = after === 'close' ? 'Connection: close\r\n' : ''
  const write = (head: RequestHead, serial: number): string[] => {
    const text = `${start('200 OK', head, serial)}${closing}Content-Length: ${content.length}\r\n\r\n${body(head, content)}`
    return pieces(random, text)
  }
  return { kind, sound: true, early: false, content, write, after }
}

/** More than one read brings. */
function large(random: Random, size = 70_000 + below(random, 400_000)): Plan {
  const mark = String(below(random, 1e9))
  const content = `${mark},`.repeat(Math.ceil(size / mark.length))
  const write = (head: RequestHead, serial: number): string[] => [
    `${start('200 OK', head, serial)}Content-Length: ${content.length}\r\n\r\n`,
    body(head, content),
  ]
  return { kind: 'large', sound: true, early: false, content, write, after: 'keep' }
}

function chunks(random: Random): Plan {
  const content = anyContent(random)
  const text = wellChunked(random, content)
  const write = (head: RequestHead, serial: number): string[] =>
    pieces(random, `${start('200 OK', head, serial)}Transfer-Encoding: chunked\r\n\r\n${body(head, text)}`)
  return { kind: 'chunks', sound: true, early: false, content, write, after: 'keep' }
}

function interim(random: Random): Plan {
  const plan = sized(random, 'interim', 'keep')
  const before = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 9\r\n\r\n'.repeat(1 + below(random, 3))
  return { ...plan, write: (head, serial) => [before, ...plan.write(head, serial)] }
}

function empty(random: Random): Plan {
  const status = oneOf(random, ['204 No Content', '304 Not Modified'])
  const write = (head: RequestHead, serial: number): string[] => [
    `${start(status, head, serial)}Content-Length: 5\r\n\r\n`,
  ]
  return { kind: 'empty', sound: true, early: false, content: '', write, after: 'keep' }
}

function untilClose(random: Random): Plan {
  const content = anyContent(random)
  const write = (head: RequestHead, serial: number): string[] =>
    pieces(random, `${start('200 OK', head, serial)}\r\n${body(head, content)}`)
  return { kind: 'until-close', sound: true, early: false, content, write, after: 'close' }
}

/** An answer that nobody asked for comes with the one that somebody did. */
function followed(random: Random): Plan {
  const plan = sized(random, 'followed', 'keep')
  const poison = `HTTP/1.1 200 OK\r\nX-Serial: ${POISON}\r\nContent-Length: 0\r\n\r\n`
  return { ...plan, write: (head, serial) => [plan.write(head, serial).join('') + poison] }
}

function cut(random: Random): Plan {
  const plan = oneOf(random, [chunks, (r: Random) => sized(r, '', 'keep')])(random)
  const write = (head: RequestHead, serial: number): string[] => {
    const text = plan.write(head, serial).join('')
    return [text.slice(0, below(random, text.length))]
  }
  return { ...plan, kind: 'cut', sound: false, write, after: oneOf(random, ['close', 'reset']) }
}

/** In one piece: what comes behind a complete answer has to come with it, or it answers the next request. */
function broken(random: Random): Plan {
  const text = mutate(random, anyResponse(random), anyResponse(random))
  return {
    kind: 'broken',
    sound: false,
    early: false,
    content: undefined,
    write: () => [text],
    after: 'close',
  }
}

function silent(random: Random): Plan {
  const after = oneOf(random, ['close', 'reset'] as const)
  return { kind: 'silent', sound: false, early: false, content: undefined, write: () => [], after }
}

/** Switches where the client offers to, answers as usual where it does not. */
function upgrade(random: Random): Plan {
  const plan = sized(random, 'upgrade', 'keep')
  const write = (head: RequestHead, serial: number): string[] => {
    const [protocol] = values(head.fields, 'upgrade').join().split(', ')
    if (protocol === '') return plan.write(head, serial)
    return [`${start('101 Switching Protocols', head, serial)}Connection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`]
  }
  return { ...plan, sound: false, write, after: 'tunnel' }
}

function start(status: string, { target }: RequestHead, serial: number): string {
  return `HTTP/1.1 ${status}\r\nX-Serial: ${serial}\r\nX-Echo-Target: ${target.slice(0, 200)}\r\n`
}

function body({ method }: RequestHead, text: string): string {
  return method === 'HEAD' ? '' : text
}

function anyContent(random: Random): string {
  if (chance(random, 0.1)) return 'HTTP/1.1 200 OK\r\nX-Serial: 999999\r\nContent-Length: 0\r\n\r\n'
  if (chance(random, 0.05)) return 'c'.repeat(below(random, 3000))
  return `content ${below(random, 1e6)}`
}

/** `chunked` is wrong now and then. */
function wellChunked(random: Random, content: string): string {
  const half = below(random, content.length + 1)
  const parts = [content.slice(0, half), content.slice(half)].filter((part) => part !== '')
  const text = parts.map((part) => `${part.length.toString(16)};x=y\r\n${part}\r\n`).join('')
  return `${text}0\r\n${chance(random, 0.3) ? 'X-T: 1\r\nContent-Length: 3\r\n' : ''}\r\n`
}

function pieces(random: Random, text: string): string[] {
  if (chance(random, 0.6)) return [text]
  const at = below(random, text.length)
  return [text.slice(0, at), text.slice(at)]
}
