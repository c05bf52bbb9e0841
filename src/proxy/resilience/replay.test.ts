import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderList } from '../headers.ts'
import type { Downstream, RequestStream } from '../sides.ts'
import { Replay } from './replay.ts'

/** A stream that takes everything, or stops after each part. */
class Taker {
  text = ''
  ended: HeaderList | undefined | 'no' = 'no'
  readonly #clear: boolean

  constructor(clear = true) {
    this.#clear = clear
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    this.text += buffer.toString('latin1', start, end)
    return this.#clear
  }

  end(trailers: HeaderList | undefined): void {
    this.ended = trailers
  }

  get stream(): RequestStream {
    return this as unknown as RequestStream
  }
}

function setUp(most: number) {
  const asked: RequestStream[] = []
  const downstream = { readBody: (stream: RequestStream) => asked.push(stream) } as unknown as Downstream
  const replay = new Replay(downstream, most)
  const give = (text: string) => replay.data(Buffer.from(`..${text}`), 2, 2 + text.length)
  return { replay, asked, give }
}

test('a second stream gets what the first one had, and then the rest', () => {
  const { replay, asked, give } = setUp(100)
  const [first, second] = [new Taker(), new Taker()]
  replay.readBody(first.stream)
  give('abc')
  give('def')
  replay.readBody(second.stream)
  assert.deepEqual([second.text, asked.length], ['abcdef', 2])
  give('ghi')
  const trailers = new HeaderList()
  replay.end(trailers)
  assert.deepEqual([first.text, second.text], ['abcdef', 'abcdefghi'])
  assert.deepEqual([first.ended, second.ended], ['no', trailers])
})

test('a body that was complete is given again with its end, and the client is not asked for more', () => {
  const { replay, asked, give } = setUp(100)
  const second = new Taker()
  replay.readBody(new Taker().stream)
  give('abc')
  replay.end(undefined)
  replay.readBody(second.stream)
  assert.deepEqual([second.text, second.ended, asked.length], ['abc', undefined, 1])
})

test('a stream that cannot take more gets the next part when it can', () => {
  const { replay, asked, give } = setUp(100)
  replay.readBody(new Taker().stream)
  give('abc')
  give('def')
  const slow = new Taker(false)
  replay.readBody(slow.stream)
  assert.equal(slow.text, 'abc')
  replay.readBody(slow.stream)
  assert.deepEqual([slow.text, asked.length], ['abcdef', 1])
  replay.readBody(slow.stream)
  assert.equal(asked.length, 2)
})

test('the bytes are kept as they were, whatever becomes of the buffer they came in', () => {
  const { replay } = setUp(100)
  const [first, second] = [new Taker(), new Taker()]
  const buffer = Buffer.from('abc')
  replay.readBody(first.stream)
  replay.data(buffer, 0, 3)
  buffer.fill('x')
  replay.readBody(second.stream)
  assert.equal(second.text, 'abc')
})

test('what is over the bound is handed on, and cannot be given again', () => {
  const { replay, give } = setUp(4)
  const first = new Taker()
  replay.readBody(first.stream)
  give('abcd')
  assert.equal(replay.isWhole, true)
  give('e')
  assert.equal(replay.isWhole, false)
  replay.end(undefined)
  assert.deepEqual([first.text, first.ended], ['abcde', undefined])
})
