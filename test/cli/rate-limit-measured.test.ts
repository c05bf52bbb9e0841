/** What passes a running process with 1, 2 and 8 workers, held against the clock of its clients. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { Agent, get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { serveBy } from './backend.ts'
import { fairPolicy } from './fair-policy.ts'
import { Sluice } from './sluice.ts'

const PER_SECOND = 20
/** The rest of a hundred seconds: no pause of this machine makes room that nobody uses. */
const BURST = 2_000
const CONNECTIONS = 16
const WINDOW_MS = 5_000
const POLICY = fairPolicy(`key: [], requests: ${PER_SECOND}, per: second, burst: ${BURST}`)

class Clients {
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  passed = 0

  constructor(port: number) {
    this.#port = port
  }

  /** @returns whether the request passed. */
  async ask(): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const headers = { host: 'app.test' }
    get({ port: this.#port, host: '127.0.0.1', headers, agent: this.#agent }, resolve).on('error', reject)
    const response = await promise
    for await (const _ of response);
    if (response.statusCode === 200) this.passed++
    else assert.equal(response.statusCode, 429)
    return response.statusCode === 200
  }

  /** Asks on all connections at once, each again and again. */
  async hammer(isOver: (passed: boolean) => boolean): Promise<void> {
    const one = async () => {
      while (!isOver(await this.ask()));
    }
    await Promise.all(Array.from({ length: CONNECTIONS }, one))
  }

  /** Asks, nobody else being under way, until there is no room. @returns between which times that was found. */
  async refused(): Promise<readonly [number, number]> {
    for (;;) {
      const sentAt = performance.now()
      if (!(await this.ask())) return [sentAt, performance.now()]
    }
  }

  close(): void {
    this.#agent.destroy()
  }
}

for (const workers of [1, 2, 8]) {
  test(`${workers} workers: between two refusals exactly what the rate makes room for passes`, async (t) => {
    const served = await serveBy((_, response) => response.end('hello'))
    t.after(served.close)
    writeFileSync(join(served.manifests, 'policy.yaml'), POLICY)
    const flags = ['--manifests', served.manifests, '--access-log', 'off', '--workers', `${workers}`]
    const sluice = await Sluice.serving(flags)
    t.after(() => sluice.stop())
    const clients = new Clients(sluice.http)
    t.after(() => clients.close())

    await clients.hammer((passed) => !passed)
    const begin = await clients.refused()
    clients.passed = 0
    const until = begin[1] + WINDOW_MS
    await clients.hammer(() => performance.now() > until)
    const end = await clients.refused()

    const { passed } = clients
    const [least, most] = [end[0] - begin[1], end[1] - begin[0]].map((ms) => (ms * PER_SECOND) / 1_000)
    t.diagnostic(`${passed} passed, of ${least!.toFixed(1)} to ${most!.toFixed(1)}`)
    assert.ok(passed >= least! - 1 && passed <= most! + 1, `${passed} of ${least} to ${most}`)
  })
}
