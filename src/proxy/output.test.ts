import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { Outbox } from './h2/outbox.ts'
import { COPIED_BYTES, Output } from './output.ts'

/** A socket whose kernel takes bytes only as far as it is told to. */
class FakeSocket {
  /** What was written, call by call; calls while corked are one. */
  readonly writes: string[] = []
  writableLength = 0
  #corked = false
  #room: number
  readonly #waiting: ((error?: Error | null) => void)[] = []

  constructor(room = Number.POSITIVE_INFINITY) {
    this.#room = room
  }

  write(chunk: string | Uint8Array, encoding?: BufferEncoding, callback?: (error?: Error | null) => void): boolean {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1')
    if (callback !== undefined) this.#waiting.push(callback)
    if (typeof chunk === 'string' && text !== '') assert.equal(encoding, 'latin1')
    if (text === '') return true
    if (this.#corked) this.writes[this.writes.length - 1] += text
    else this.writes.push(text)
    const taken = Math.min(this.#room, text.length)
    this.#room -= taken
    this.writableLength += text.length - taken
    return true
  }

  cork(): void {
    this.writes.push('')
    this.#corked = true
  }

  uncork(): void {
    this.#corked = false
  }

  /** The kernel takes everything. */
  drain(): void {
    this.writableLength = 0
    this.#room = Number.POSITIVE_INFINITY
    for (const callback of this.#waiting.splice(0)) callback()
  }

  fail(): void {
    for (const callback of this.#waiting.splice(0)) callback(new Error('gone'))
  }
}

function newOutput(room?: number) {
  const socket = new FakeSocket(room)
  return { socket, output: new Output(socket as unknown as Socket) }
}

const SMALL = Buffer.from('small body')
/** A large body with free bytes in front. */
function large(free: number): { buffer: Buffer; start: number } {
  return { buffer: Buffer.alloc(free + 10_000, 'b'), start: free }
}

test('text waits for the bytes behind it', () => {
  const { socket, output } = newOutput()
  output.text('head\r\n')
  assert.deepEqual(socket.writes, [])
  output.bytes(SMALL, 0, SMALL.length)
  assert.deepEqual(socket.writes, [])
  assert.equal(output.flush(), true)
  assert.deepEqual(socket.writes, ['head\r\nsmall body'])
})

test('every byte survives the way through text', () => {
  const { socket, output } = newOutput()
  const all = Buffer.from(Array.from({ length: 256 }, (_, n) => n))
  output.bytes(all, 0, 256)
  output.flush()
  assert.deepEqual(Buffer.from(socket.writes[0]!, 'latin1'), all)
})

test('a head is laid into the free bytes before a large body: one write, no copy', () => {
  const { socket, output } = newOutput()
  const { buffer, start } = large(6)
  output.text('head\r\n')
  assert.equal(output.bytes(buffer, start, buffer.length), true)
  assert.deepEqual(socket.writes, [`head\r\n${'b'.repeat(10_000)}`])
})

test('a head that does not fit in front still leaves in one go with its body', () => {
  const { socket, output } = newOutput()
  const { buffer, start } = large(5)
  output.text('head\r\n')
  output.bytes(buffer, start, buffer.length)
  assert.deepEqual(socket.writes, [`head\r\n${'b'.repeat(10_000)}`])
})

test('a buffer that waits to be sent is not written into', () => {
  const { socket, output } = newOutput(100)
  const { buffer, start } = large(50)
  assert.equal(output.bytes(buffer, start, buffer.length), false)
  const before = Buffer.from(buffer)
  output.text('chunk end\r\n')
  output.bytes(buffer, start, buffer.length)
  assert.deepEqual(buffer, before)
  assert.equal(socket.writes.join(''), `${'b'.repeat(10_000)}chunk end\r\n${'b'.repeat(10_000)}`)
})

test('only the range that was named leaves', () => {
  const { socket, output } = newOutput()
  output.bytes(SMALL, 2, 5)
  output.flush()
  const body = Buffer.concat([Buffer.from('<<<'), Buffer.alloc(9_000, 'b'), Buffer.from('>>>')])
  output.bytes(body, 3, 9_003)
  assert.deepEqual(socket.writes, ['all', 'b'.repeat(9_000)])
})

test('it says whether the kernel has taken everything', () => {
  const { socket, output } = newOutput(4)
  output.text('head')
  assert.equal(output.flush(), true)
  assert.equal(output.clear, true)
  output.text('more')
  assert.equal(output.flush(), false)
  assert.equal(output.clear, false)
  socket.drain()
  assert.equal(output.clear, true)
})

test('a great deal of text does not pile up', () => {
  const { socket, output } = newOutput()
  for (let i = 0; i < 100; i++) output.text('x'.repeat(1000))
  const sent = socket.writes.join('').length
  assert.ok(sent >= 84_000, `${sent} of 100000 sent`)
  for (const write of socket.writes) assert.ok(write.length <= 17 * 1024)
  output.flush()
  assert.equal(socket.writes.join('').length, 100_000)
})

test('flushing nothing writes nothing', () => {
  const { socket, output } = newOutput()
  assert.equal(output.flush(), true)
  assert.deepEqual(socket.writes, [])
})

test('who waits for the kernel is told once, and not at all when the socket dies', () => {
  const { socket, output } = newOutput(0)
  let told = 0
  output.text('head')
  output.flush()
  output.whenClear(() => told++)
  assert.equal(told, 0)
  socket.drain()
  socket.drain()
  assert.equal(told, 1)
  output.whenClear(() => told++)
  socket.fail()
  assert.equal(told, 1)
})

test('givers may read the next bytes over small ones, also while those wait', () => {
  const given: (string | Uint8Array)[] = []
  const socket = { writableLength: 1, write: (chunk: string | Uint8Array) => given.push(chunk) } as unknown as Socket
  const shared = Buffer.alloc(COPIED_BYTES, 'a')
  const output = new Output(socket)
  output.bytes(shared, 0, shared.length)
  output.flush()
  const outbox = new Outbox(shared, 0, shared.length)
  shared.fill('b')
  assert.equal(given.map((chunk) => Buffer.from(chunk as string).toString()).join(''), 'a'.repeat(COPIED_BYTES))
  assert.equal(outbox.bytes.toString('latin1', outbox.at, outbox.end), 'a'.repeat(COPIED_BYTES))
})
