import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WriteBuffer } from './write-buffer.ts'

function filled(text: string): WriteBuffer {
  const out = new WriteBuffer()
  const bytes = Buffer.from(text)
  out.copy(bytes, 0, bytes.length)
  return out
}

test('a connection that has nothing to send has no buffer', () => {
  const out = filled('frames')
  assert.ok(out.bytes.length > 0)
  out.written(true)
  assert.deepEqual([out.bytes.length, out.length, out.view().length], [0, 0, 0])
})

test('what was written and taken is lent to the next, what is still read is not', () => {
  const [taken, held] = [filled('taken'), filled('held')]
  const [free, read] = [taken.bytes, held.bytes]
  const view = held.view()
  taken.written(true)
  held.written(false)
  assert.equal(filled('next').bytes, free)
  for (let n = 0; n < 100; n++) assert.notEqual(filled('x'.repeat(4096)).bytes, read)
  assert.equal(view.toString(), 'held')
})

test('two connections never have the same buffer, and growing keeps what is there', () => {
  const [one, other] = [filled('a'), filled('b')]
  const text = 'c'.repeat(50_000)
  for (const out of [one, other]) out.copy(Buffer.from(text), 0, text.length)
  assert.notEqual(one.bytes, other.bytes)
  assert.deepEqual([one.view().toString(), other.view().toString()], [`a${text}`, `b${text}`])
  one.written(true)
  assert.equal(other.view().toString(), `b${text}`)
})
