/**
 * A backend for tests, on port 8080. It answers every request with its name and what it got, and obeys the path:
 * `/slow?ms=N` waits first, `/status?code=N` answers so, `/stream?n=N&ms=M` sends N lines, one every M ms, `/healthz`
 * is for probes, `/unready` and `/ready` decide about it, `/exit?code=N` ends it. An upgrade to `echo` or `websocket`
 * gets everything back. STATUS is that of all other answers. Of every request with an `id` in its query a line says that it was executed.
 *
 * On SIGTERM it is no longer ready, goes on for DRAIN_MS, then closes what is idle, finishes the rest and ends;
 * with DRAIN_MS=never it ignores the signal. With FAIL_ONE_IN=N every Nth request is answered 500, probes left aside.
 */
import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

const { env } = process
const name = env.POD_NAME ?? hostname()
const port = Number(env.PORT ?? 8080)
const drain = env.DRAIN_MS ?? '0'
const status = Number(env.STATUS ?? 200)
const failOneIn = Number(env.FAIL_ONE_IN ?? Number.POSITIVE_INFINITY)
/** RFC 6455, section 1.3. */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

let ready = true
let described = 0
let draining = false

const server = createServer({ keepAliveTimeout: 90_000 }, (request, response) => {
  void answer(request, response).catch(() => response.destroy())
})
server.on('upgrade', upgrade)
server.listen(port, () => process.stdout.write(`${name} listens on ${port}\n`))

process.on('SIGTERM', () => {
  process.stdout.write('SIGTERM\n')
  if (drain === 'never') return
  ready = false
  setTimeout(() => {
    draining = true
    server.close(() => process.exit(0))
    server.closeIdleConnections()
  }, Number(drain))
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://backend')
  const number = (key: string, otherwise: number) => Number(searchParams.get(key) ?? otherwise)
  // Written before anything is done, and at once: a process that is killed has said what it had begun.
  if (searchParams.has('id')) writeSync(1, `executed ${request.method} ${searchParams.get('id')}\n`)
  if (draining) response.setHeader('connection', 'close')
  switch (pathname) {
    case '/healthz':
      return void response.writeHead(ready ? 200 : 503).end()
    case '/unready':
    case '/ready':
      ready = pathname === '/ready'
      break
    case '/exit':
      process.exit(number('code', 1))
      break
    case '/slow':
      await sleep(number('ms', 1_000))
      break
    case '/stream':
      return await stream(response, number('n', 10), number('ms', 100))
  }
  const usual = ++described % failOneIn === 0 ? 500 : status
  await describe(request, response, pathname === '/status' ? number('code', 200) : usual)
}

async function stream(response: ServerResponse, lines: number, ms: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/plain' })
  for (let i = 0; i < lines; i++) {
    response.write(`${i}\n`)
    await sleep(ms)
  }
  response.end()
}

async function describe(request: IncomingMessage, response: ServerResponse, status: number): Promise<void> {
  let bodyBytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) bodyBytes += chunk.length
  const { method, url: path, headers } = request
  const body = `${JSON.stringify({ pod: name, method, path, bodyBytes, headers })}\n`
  const fields = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  response.writeHead(status, fields).end(body)
}

/** What comes goes back; frames of a WebSocket from a client are masked, and a server's are not. */
function upgrade({ headers }: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => {})
  const isWebSocket = headers.upgrade?.toLowerCase() === 'websocket'
  const key = createHash('sha1').update(`${headers['sec-websocket-key']}${WEBSOCKET_GUID}`).digest('base64')
  const accept = isWebSocket ? `Sec-WebSocket-Accept: ${key}\r\n` : ''
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${headers.upgrade}\r\n${accept}\r\n`,
  )
  const echo = isWebSocket ? unmasker(socket) : (chunk: Buffer) => void socket.write(chunk)
  if (head.length > 0) echo(head)
  socket.on('data', echo)
  socket.on('end', () => socket.end())
}

/** Frames up to 64 KiB, each sent back without its mask (RFC 6455, section 5.2). */
function unmasker(socket: Duplex): (chunk: Buffer) => void {
  let buffered = Buffer.alloc(0)
  return (chunk) => {
    buffered = Buffer.concat([buffered, chunk])
    for (;;) {
      const short = (buffered[1] ?? 0) & 0x7f
      const start = short === 126 ? 4 : 2
      if (buffered.length < start + 4) return
      const length = short === 126 ? buffered.readUInt16BE(2) : short
      if (buffered.length < start + 4 + length) return
      const mask = buffered.subarray(start, start + 4)
      const payload = buffered.subarray(start + 4, start + 4 + length).map((byte, i) => byte ^ mask[i % 4]!)
      const head = Buffer.from(buffered.subarray(0, start))
      head[1] = short
      socket.write(Buffer.concat([head, payload]))
      buffered = buffered.subarray(start + 4 + length)
    }
  }
}
