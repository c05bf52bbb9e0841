import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReadSpace, type Run } from './read-space.ts'

const textOf = ({ buffer, start, end }: Run): string => buffer.toString('latin1', start, end)

function read(space: ReadSpace, text: string): void {
  space.shared.write(text, 'latin1')
}

test('what is kept or borrowed stays, whatever is read next', () => {
  const space = new ReadSpace()
  read(space, '..hello..')
  const runs = [space.keep(2, 7), space.borrow(2, 7)]
  read(space, '---------')
  assert.deepEqual(runs.map(textOf), ['hello', 'hello'])
})

test('a copy has free bytes in front of it, where a head may be laid', () => {
  const space = new ReadSpace()
  for (const { start } of [space.keep(0, 5), space.borrow(0, 5)]) assert.ok(start >= 512)
})

test('what is kept takes little more room than it needs', () => {
  const { buffer } = new ReadSpace().keep(0, 100)
  assert.ok(buffer.length < 2048)
})

test('nobody is given a buffer that somebody has', () => {
  const space = new ReadSpace()
  const taken = [space.take(), space.take(), space.borrow(0, 5).buffer]
  assert.equal(new Set(taken).size, 3)
  assert.ok(!taken.includes(space.shared))
})

test('a buffer that is given back is used again, and only one that we made for that', () => {
  const space = new ReadSpace()
  const buffer = space.take()
  space.give(buffer)
  assert.equal(space.take(), buffer)
  const { buffer: kept } = space.keep(0, 5)
  space.give(kept)
  space.give(space.shared)
  const next = space.take()
  assert.ok(next !== kept && next !== space.shared)
})

test('the stock is bounded', () => {
  const space = new ReadSpace()
  const many = Array.from({ length: 1000 }, () => space.take())
  for (const buffer of many) space.give(buffer)
  const again = Array.from({ length: 1000 }, () => space.take())
  const reused = again.filter((buffer) => many.includes(buffer)).length
  assert.ok(reused > 0 && reused < 100, `${reused} buffers were kept`)
})
