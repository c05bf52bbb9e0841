import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import { News } from './news.ts'

function newNews() {
  const clock = new FakeClock()
  const turns: (() => void)[] = []
  const news = new News({ clock, afterTurn: (run) => turns.push(run) })
  /** The rest of a round of polling, and what takes place at its end. @param ms how long it takes. */
  const turn = (ms = 0) => {
    clock.advance(ms)
    for (const run of turns.splice(0)) run()
  }
  return { news, turn, turns }
}

test('it takes a whole round of polling, and those that wait share it', () => {
  const { news, turn, turns } = newNews()
  const told: string[] = []
  const wait = (name: string) => news.afterLook(() => told.push(name) > 0)
  wait('a')
  wait('b')
  turn()
  assert.deepEqual([told, news.looks], [[], 1])
  // What arrives in the middle of a look may be behind what was read already.
  wait('c')
  turn()
  assert.deepEqual([told, news.looks], [['a', 'b'], 2])
  turn()
  assert.deepEqual([told, turns.length], [['a', 'b', 'c'], 0])
})

test('a look that took long is old before anybody has made use of it', () => {
  const { news, turn } = newNews()
  let told = 0
  news.afterLook(() => ++told > 0)
  turn()
  turn(30)
  assert.equal(told, 0)
  turn()
  assert.equal(told, 1)
})

test('whoever took its time makes those behind it look again', () => {
  const clock = new FakeClock()
  const turns: (() => void)[] = []
  const news = new News({ clock, afterTurn: (run) => turns.push(run) })
  const told: string[] = []
  const wait = (name: string) =>
    news.afterLook(() => {
      clock.advance(2)
      return told.push(name) > 0
    })
  wait('a')
  wait('b')
  for (const expected of [[], ['a'], ['a', 'b']]) {
    for (const run of turns.splice(0)) run()
    assert.deepEqual(told, expected)
  }
})

test('who wants another look gets it, but not for ever', () => {
  const { news, turn, turns } = newNews()
  const lasts: boolean[] = []
  news.afterLook((last) => {
    lasts.push(last)
    return false
  })
  for (let n = 0; turns.length > 0; n++) {
    assert.ok(n < 100)
    turn(n % 2)
  }
  assert.deepEqual([lasts.at(-1), lasts.filter(Boolean).length], [true, 1])
})

test('where every look takes long, nobody waits for ever', () => {
  const { news, turn, turns } = newNews()
  let told = 0
  news.afterLook(() => ++told > 0)
  for (let n = 0; turns.length > 0; n++) {
    assert.ok(n < 100)
    turn(50)
  }
  assert.equal(told, 1)
})
