/**
 * A Deployment that rolls under load, with applications that close their listener and all idle connections the moment
 * they are told to end, as nobody should: nothing fails, and nothing is executed twice.
 */
import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { seededRandom } from '../../src/lib/random.ts'
import { eventually, get, ok, post, settled, TestProxy, turn } from './harness.ts'
import { Peer } from './peer.ts'

const SEED = 97
const PODS = 10
const ROLLS = 2
const CLIENTS = 16
const GRACE_MS = 30_000
/** Turns of the event loop that a slow request takes. */
const SLOW_TURNS = 40

/** An application as it is often written. */
class App {
  readonly address = '127.0.0.1'
  port = 0
  /** Methods and paths of the requests that it has acted on; no path comes twice. */
  readonly executed: string[] = []
  readonly #server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#serve(socket))
  readonly #idle = new Set<Peer>()
  #ending = false

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    this.port = typeof address === 'object' ? address!.port : 0
    return this
  }

  /** SIGTERM. */
  stop(): void {
    this.#ending = true
    this.#server.close()
    for (const peer of this.#idle) peer.end()
  }

  #serve(socket: Socket): void {
    const peer = new Peer(socket)
    this.#idle.add(peer)
    socket.on('end', () => socket.end())
    // Who has asked for the body of a request does not take its connection for one that waits.
    peer.onAsk = () => this.#idle.delete(peer)
    peer.answer = ({ start }) => {
      this.#idle.delete(peer)
      const [method, path = ''] = start.split(' ')
      this.executed.push(`${method} ${path}`)
      void this.#answer(peer, path)
      return ''
    }
  }

  async #answer(peer: Peer, path: string): Promise<void> {
    for (let i = 0; path.includes('slow') && i < SLOW_TURNS; i++) await turn()
    if (peer.socket.destroyed) return
    peer.send(ok(path))
    if (this.#ending) peer.end()
    else this.#idle.add(peer)
  }
}

const spec = ({ address, port }: App) => ({ address, port })
const ending = (app: App) => ({ ...spec(app), state: 'draining' as const, graceMs: GRACE_MS })

/** Clients that keep their connections or do not, ask for this and that, and retry nothing. */
function load(proxy: TestProxy, random: () => number) {
  const failed: string[] = []
  let running = true
  let asked = 0
  const client = async (n: number): Promise<void> => {
    let peer = await proxy.connect()
    for (let i = 0; running; i++) {
      const closing = random() < 0.1
      const path = `/${n}/${i}${random() < 0.1 ? '/slow' : ''}`
      const lines = closing ? ['Connection: close'] : []
      const isPost = random() < 0.4
      peer.send(isPost ? post('x'.repeat(i % 50), ...lines).replace('POST /', `POST ${path}`) : get(path, ...lines))
      const { status, body } = await peer.message()
      asked++
      if (status !== 200 || body !== path) failed.push(`${isPost ? 'POST' : 'GET'} ${path}: ${status}`)
      if (!closing) continue
      peer.end()
      peer = await proxy.connect()
    }
  }
  const clients = Array.from({ length: CLIENTS }, (_, n) => client(n))
  return {
    failed,
    asked: () => asked,
    stop: async () => {
      running = false
      await Promise.all(clients)
    },
  }
}

for (const { order, early } of [
  { order: 'the deletion of each Pod reaches us before SIGTERM reaches it', early: true },
  { order: 'SIGTERM comes first', early: false },
]) {
  test(`${ROLLS} rollouts of ${PODS} Pods under load, where ${order} (seed ${SEED})`, async (t) => {
    const random = seededRandom(SEED)
    const all: App[] = []
    const start = async (): Promise<App> => {
      const app = await new App().listen()
      all.push(app)
      t.after(() => app.stop())
      return app
    }
    let pods = await Promise.all(Array.from({ length: PODS }, start))
    const proxy = await new TestProxy(t).route().endpoints(pods.map(spec)).apply().listen()
    const traffic = load(proxy, random)
    for (let roll = 0; roll < ROLLS * PODS; roll++) {
      const before = traffic.asked()
      await eventually('some traffic', () => traffic.asked() > before + 3 * CLIENTS)
      const [old, ...rest] = pods
      pods = [...rest, await start()]
      proxy.endpoints(pods.map(spec)).apply()
      const leave = () => proxy.endpoints([...pods.map(spec), ending(old!)]).apply()
      if (early) {
        leave()
        // What was on its way to it arrives.
        for (let i = 0; i < 5; i++) await turn()
      }
      old!.stop()
      for (let i = 0; i < 3; i++) await turn()
      if (!early) leave()
    }
    await traffic.stop()
    await settled(() => proxy.log.length)
    const executed = all.flatMap((app) => app.executed)
    const writes = proxy.log.filter(({ fault }) => fault !== undefined).map(({ fault }) => fault)
    assert.ok(traffic.asked() > 1_000, `${traffic.asked()} requests`)
    t.diagnostic(`${traffic.asked()} requests, ${traffic.failed.length} failed`)
    if (early) assert.deepEqual([traffic.failed, writes], [[], []])
    // What may not be repeated can be lost where the endpoint hangs up on it, and is never repeated.
    assert.ok(
      traffic.failed.every((each) => each.startsWith('POST') && each.endsWith('502')),
      traffic.failed.join('\n'),
    )
    assert.ok(writes.every((fault) => fault === 'upstream-reset-before-response'))
    assert.equal(traffic.failed.length, writes.length)
    // GET may be repeated: an application that hung up on one had read it all the same.
    const once = early ? executed : executed.filter((each) => each.startsWith('POST'))
    assert.equal(new Set(once).size, once.length, 'nothing is executed twice')
  })
}
