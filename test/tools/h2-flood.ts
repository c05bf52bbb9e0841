/**
 * One flood of HTTP/2, as a program of its own so that it does not hold up who measures: `node h2-flood.ts NAME PORT MS`.
 * Prints how many of its connections were cut off.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { FLAG, FRAME } from '../../src/proxy/http2/frames.ts'
import { frame, GET, HELLO, headers, literals, POST, setting, settings, uint32 } from '../http2/raw.ts'

const ATTACKERS = 10
/** Between two volleys of one attacker. */
const PAUSE_MS = 5

/** The n-th volley of one attacker, counted from 0. */
type Flood = (n: number) => Buffer

const each = (n: number, count: number, make: (stream: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, i) => make(2 * (n * count + i) + 1)))

const asking = (path: string) => GET.map(([name, value]) => [name, name === ':path' ? path : value] as const)

export const FLOODS: Readonly<Record<string, Flood>> = {
  'rapid reset': (n) =>
    each(n, 50, (id) => Buffer.concat([headers(id, asking('/slow')), frame(FRAME.rstStream, 0, id, uint32(8))])),
  'made you reset': (n) =>
    each(n, 50, (id) => Buffer.concat([headers(id, asking('/slow')), frame(FRAME.windowUpdate, 0, id, uint32(0))])),
  CONTINUATION: (n) =>
    n === 0 ? frame(FRAME.headers, 0, 1, literals(GET)) : frame(FRAME.continuation, 0, 1, Buffer.alloc(16_000, 0x82)),
  SETTINGS: () => Buffer.concat(Array.from({ length: 500 }, () => settings(setting(4, 65_535)))),
  PING: () => Buffer.concat(Array.from({ length: 1000 }, () => frame(FRAME.ping, 0, 0, '12345678'))),
  'empty DATA': (n) =>
    n === 0 ? headers(1, POST, 0) : Buffer.concat(Array.from({ length: 1000 }, () => frame(FRAME.data, 0, 1))),
  'closed windows': (n) =>
    n === 0 ? Buffer.concat([settings(setting(4, 0)), each(0, 100, (id) => headers(id, asking('/large')))]) : NOTHING,
  'answers nobody reads': (n) =>
    n === 0 ? Buffer.concat([WIDE, each(0, 20, (id) => headers(id, asking('/huge')))]) : NOTHING,
  'headers beyond the limit': (n) =>
    each(n, 4, (id) => headers(id, [...GET, ...Array.from({ length: 200 }, (_, i) => [`x-${i}`, 'x'] as const)])),
  'a table of tiny fields': (n) =>
    each(n, 4, (id) => frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, id, Buffer.alloc(16_000, 0x90))),
}
const NOTHING = Buffer.alloc(0)
/** All windows as wide as they go: only what the socket takes is left to hold answers back. */
const WIDE = Buffer.concat([settings(setting(4, 0x7fffffff)), frame(FRAME.windowUpdate, 0, 0, uint32(0x7fff0000))])

/** Floods until told to stop, on a new connection whenever one is cut off. @returns how many were. */
async function attack(port: number, name: string, stop: AbortSignal): Promise<number> {
  let cut = 0
  while (!stop.aborted) {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    socket.on('error', () => {})
    if (name !== 'answers nobody reads') socket.resume()
    socket.write(HELLO)
    await flooding(socket, FLOODS[name]!, stop)
    if (socket.destroyed && !stop.aborted) cut++
    socket.destroy()
  }
  return cut
}

async function flooding(socket: Socket, flood: Flood, stop: AbortSignal): Promise<void> {
  for (let n = 0; !stop.aborted && !socket.destroyed; n++) {
    const bytes = flood(n)
    if (bytes.length > 0 && !socket.write(bytes)) await Promise.race([once(socket, 'drain'), pause(20)]).catch(() => {})
    await pause(PAUSE_MS)
  }
}

if (import.meta.main) {
  const [name = '', port, ms] = process.argv.slice(2)
  const stop = AbortSignal.timeout(Number(ms))
  const cut = await Promise.all(Array.from({ length: ATTACKERS }, () => attack(Number(port), name, stop)))
  console.log(cut.reduce((sum, n) => sum + n, 0))
}
