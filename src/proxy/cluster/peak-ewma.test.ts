import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PeakEwma } from './peak-ewma.ts'

test('nothing is known before the first answer', () => assert.equal(new PeakEwma().value(1000), 0))

test('a slow answer counts at once and in full', () => {
  const latency = new PeakEwma()
  latency.observe(5, 0)
  latency.observe(400, 1)
  assert.equal(latency.value(1), 400)
})

test('fast answers bring it down slowly', () => {
  const latency = new PeakEwma()
  latency.observe(400, 0)
  for (let now = 10; now <= 1000; now += 10) latency.observe(4, now)
  assert.ok(latency.value(1000) > 300, `${latency.value(1000)}`)
  for (let now = 1010; now <= 60_000; now += 10) latency.observe(4, now)
  assert.ok(Math.abs(latency.value(60_000) - 4) < 1, `${latency.value(60_000)}`)
})

test('it fades while nobody asks', () => {
  const latency = new PeakEwma()
  latency.observe(400, 0)
  assert.ok(latency.value(30_000) < 30)
})
