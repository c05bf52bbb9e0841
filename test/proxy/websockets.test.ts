/** Many WebSockets: no route edit drops one, and a scale-in closes all of them well. In full: `npm run test:tools`. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { eventually, settled, TestProxy } from './harness.ts'
import { assertHeld, heldBytes } from './memory.ts'
import { WebSocketClient, WebSocketServer } from './websocket-peers.ts'

const CLIENTS = 150
const EDITS = 100
const GRACE_MS = 30_000
/** Four fifths of it. */
const SPREAD_MS = 24_000
const STEP_MS = 1_000
const PODS = [1, 2, 3]

const pods = (port: number) => PODS.map((n) => ({ address: `127.0.0.${n}`, port }))

async function start(t: TestContext) {
  const server = await new WebSocketServer().listen()
  t.after(() => server.close())
  const proxy = await new TestProxy(t).route().endpoints(pods(server.port)).apply().listen()
  const clients = Array.from({ length: CLIENTS }, () => new WebSocketClient(proxy.port))
  t.after(() => {
    for (const client of clients) client.destroy()
  })
  await eventually('all of them', () => clients.every(({ open }) => open))
  return { server, proxy, clients }
}

test(`${CLIENTS} WebSockets stay through ${EDITS} route edits, and memory where it is`, async (t) => {
  const { server, proxy, clients } = await start(t)
  const [first] = clients
  let before = 0
  for (let edit = 0; edit < EDITS; edit++) {
    proxy.unroute(edit % 3 === 0 ? '*' : `r${edit - 1}.test`)
    proxy.route({ host: `r${edit}.test`, path: `/${edit}`, timeouts: { requestMs: edit + 1 } })
    proxy.route({ path: `/${edit % 7}`, cluster: edit % 5 === 0 ? 'shop/other:80' : 'shop/web:80' })
    proxy.settings({ timeouts: { idleMs: 10_000 + edit } }).apply()
    if (edit % 10 !== 0) continue
    if (edit === 10) before = heldBytes()
    for (const client of clients) client.send(`edit ${edit}`)
    await eventually('all answers', () => clients.every(({ echoes }) => echoes === edit / 10 + 1))
  }
  await assertHeld(before, 1 << 20)
  assert.equal(first?.echoes, EDITS / 10)
  assert.deepEqual([clients.filter(({ ended, code }) => ended || code !== 0).length, server.codes.length], [0, 0])
})

test(`${CLIENTS} WebSockets of Pods that end are closed with 1001, spread over four fifths of their time`, async (t) => {
  const { server, proxy, clients } = await start(t)
  const leaving = pods(server.port).map((pod) => ({ ...pod, state: 'draining' as const, graceMs: GRACE_MS }))
  proxy.endpoints([...leaving, { address: '127.0.0.9', port: server.port }]).apply()
  const left: number[] = []
  for (let at = 0; at < SPREAD_MS; at += STEP_MS) {
    for (const client of clients) if (client.code === 0) client.send('still there')
    proxy.clock.advance(STEP_MS)
    left.push(await settled(() => clients.filter(({ ended }) => ended).length))
  }
  assert.equal(left.at(-1), CLIENTS)
  assert.ok(clients.every(({ code, error }) => code === 1001 && error === ''))
  assert.deepEqual(server.codes, Array(CLIENTS).fill(1001))
  for (const [i, closed] of left.entries()) {
    const expected = (CLIENTS * (i + 1) * STEP_MS) / SPREAD_MS
    assert.ok(Math.abs(closed - expected) < CLIENTS * 0.15, `${closed} closed after ${(i + 1) * STEP_MS} ms`)
  }
  const newcomer = new WebSocketClient(proxy.port)
  t.after(() => newcomer.destroy())
  await eventually('one more', () => newcomer.open)
  assert.equal(server.accepted.get('127.0.0.9'), 1)
})
