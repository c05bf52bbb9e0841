/** Rate limits of a running process with several workers: exact over all of them. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '../proxy/eventually.ts'
import { ask, serveBy } from './backend.ts'
import { fairPolicy } from './fair-policy.ts'
import { Sluice } from './sluice.ts'

const BURST = 30
const POLICY = fairPolicy(`requests: 1, per: day, burst: ${BURST}`)

test('a limit holds exactly, whichever worker the connections come to, and metrics tell of it', async (t) => {
  const served = await serveBy((_, response) => response.end('hello'))
  t.after(served.close)
  writeFileSync(join(served.manifests, 'policy.yaml'), POLICY)
  const sluice = await Sluice.serving(['--manifests', served.manifests, '--access-log', 'off', '--workers', '3'])
  t.after(() => sluice.stop())
  const answers = await Promise.all(Array.from({ length: 3 * BURST }, () => ask({ port: sluice.http })))
  const statuses = Map.groupBy(answers, ({ status }) => status)
  assert.deepEqual([statuses.get(200)?.length, statuses.get(429)?.length], [BURST, 2 * BURST])
  const metrics = await (await fetch(`http://127.0.0.1:${sluice.admin}/metrics`)).text()
  assert.match(
    metrics,
    new RegExp(`sluice_rate_limit_decisions.*policy="fair",limit="all",decision="limited"} ${2 * BURST}`),
  )
})

test('the operator sees whom a limit refuses, or a hash of it', async (t) => {
  const served = await serveBy((_, response) => response.end('hello'))
  t.after(served.close)
  const policy = POLICY.replace(/{ name: all, /, '{ name: all, key: [client, "header:X-Key"], ')
  writeFileSync(join(served.manifests, 'policy.yaml'), policy)
  const flags = ['--manifests', served.manifests, '--access-log', 'off', '--workers', '2']
  for (const [more, client] of [
    [[], /^127\.0\.0\.1$/],
    [['--hash-clients'], /^hash:[\w-]{12}$/],
  ] as const) {
    const sluice = await Sluice.serving([...flags, ...more])
    t.after(() => sluice.stop())
    const headers = { 'x-key': 'secret' }
    await Promise.all(Array.from({ length: 2 * BURST }, () => ask({ port: sluice.http, headers })))
    const page = await fetch(`http://127.0.0.1:${sluice.admin}/debug/limits`)
    const { 'app/fair/all': rows = [] } = (await page.json()) as Record<string, readonly Row[]>
    assert.deepEqual([rows.length, rows[0]?.refused, rows[0]?.error], [1, BURST, 0])
    assert.match(rows[0]!.key.client!, client)
    assert.match(rows[0]!.key['header:X-Key']!, /^hash:/)
  }
})

interface Row {
  readonly key: Readonly<Record<string, string>>
  readonly refused: number
  readonly error: number
}

test('so many at a time, and no more, over all workers; a place is free as soon as its answer has ended', async (t) => {
  const held: (() => void)[] = []
  const served = await serveBy((_, response) => held.push(() => response.end('hello')))
  t.after(served.close)
  const policy = POLICY.replace(/{ name: all.*/, '{ name: all, key: [], concurrent: 5 }')
  writeFileSync(join(served.manifests, 'policy.yaml'), policy)
  const sluice = await Sluice.serving(['--manifests', served.manifests, '--access-log', 'off', '--workers', '3'])
  t.after(() => sluice.stop())
  const statuses: number[] = []
  const answers = Array.from({ length: 20 }, () =>
    ask({ port: sluice.http }).then(({ status }) => statuses.push(status)),
  )
  await eventually('all but five to be refused', () => statuses.length === 15 && held.length === 5)
  assert.deepEqual(new Set(statuses), new Set([429]))
  for (const release of held.splice(0)) release()
  await Promise.all(answers)
  assert.deepEqual(statuses.slice(15), Array(5).fill(200))
  const next = ask({ port: sluice.http })
  await eventually('a place to be free', () => held.length === 1)
  held[0]!()
  assert.equal((await next).status, 200)
})
