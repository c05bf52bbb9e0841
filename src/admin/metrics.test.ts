import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Family } from '../proxy/metrics.ts'
import { Metrics, type Series } from './metrics.ts'

const FAMILIES = {
  requests: { kind: 'counter', help: 'Requests answered.', labels: ['host', 'path'] },
  seconds: { kind: 'histogram', help: 'How long.', labels: ['host'], buckets: [0.1, 1] },
} as const satisfies Record<string, Family>

async function lines(...series: readonly Series[]): Promise<string[]> {
  const metrics = new Metrics([{ families: FAMILIES, collect: async () => series }])
  return (await metrics.text()).split('\n').filter((line) => line !== '')
}

test('a family without a series is still announced', async () => {
  assert.deepEqual(await lines(), [
    '# HELP requests Requests answered.',
    '# TYPE requests counter',
    '# HELP seconds How long.',
    '# TYPE seconds histogram',
  ])
})

test('values of labels are escaped: backslash, quote and line end', async () => {
  const printed = await lines(['requests', ['a"b\\c\nd', '/'], 3])
  assert.equal(printed[2], 'requests{host="a\\"b\\\\c\\nd",path="/"} 3')
})

test('buckets of a histogram are cumulative and end with the count', async () => {
  const printed = await lines(['seconds', ['a'], { counts: [2, 3, 1], sum: 7.5 }])
  assert.deepEqual(printed.slice(-5), [
    'seconds_bucket{le="0.1",host="a"} 2',
    'seconds_bucket{le="1",host="a"} 5',
    'seconds_bucket{le="+Inf",host="a"} 6',
    'seconds_sum{host="a"} 7.5',
    'seconds_count{host="a"} 6',
  ])
})

test('one look collects once, the next one again', async () => {
  let calls = 0
  const collect = async (): Promise<Series[]> => [['requests', ['a', '/'], ++calls]]
  const metrics = new Metrics([{ families: FAMILIES, collect }])
  assert.match(await metrics.text(), /path="\/"\} 1\n/)
  assert.match(await metrics.text(), /path="\/"\} 2\n/)
})

test('what is wrong with collecting is wrong with the look, not with the next', async () => {
  const answers: (() => readonly Series[])[] = [
    () => {
      throw new Error('worker gone')
    },
    () => [],
  ]
  const metrics = new Metrics([{ families: FAMILIES, collect: async () => answers.shift()!() }])
  await assert.rejects(metrics.text(), /worker gone/)
  await metrics.text()
})
