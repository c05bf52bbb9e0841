/** Traffic at a fixed rate, as a process of its own, so that what the benchmark does meanwhile disturbs nothing. */
import { createConnection, type Socket } from 'node:net'
import { bodyOf } from './probe.ts'
import { hostOf } from './world.ts'

export interface LoadSpec {
  readonly port: number
  /** Hosts to ask for: so many, each so far from the next. */
  readonly hosts: number
  readonly stride: number
  readonly requestsPerSecond: number
  readonly seconds: number
}

export interface LoadResult {
  readonly requests: number
  /** By what came instead of 200; those that never came are counted as `none`. */
  readonly failures: Readonly<Record<string, number>>
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** Enough that one is always free: a request waits for the proxy, never for another request. */
const CONNECTIONS = 64
const LAST_ANSWERS_MS = 2_000

const latencies: number[] = []
const failures: Record<string, number> = {}
const free: Client[] = []

class Client {
  readonly #socket: Socket
  #text = ''
  #sentAt = 0

  constructor(port: number) {
    this.#socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('connect', () => free.push(this))
    this.#socket.on('error', ({ message }) => failed(message))
    this.#socket.setEncoding('latin1').on('data', (text: string) => this.#take(text))
  }

  send(host: string): void {
    this.#sentAt = performance.now()
    this.#socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  }

  #take(text: string): void {
    this.#text += text
    if (bodyOf(this.#text) === undefined) return
    if (!this.#text.startsWith('HTTP/1.1 200')) failed(this.#text.slice(0, this.#text.indexOf('\r\n')))
    this.#text = ''
    latencies.push(performance.now() - this.#sentAt)
    free.push(this)
  }
}

function failed(how: string): void {
  failures[how] = (failures[how] ?? 0) + 1
}

function run({ port, hosts, stride, requestsPerSecond, seconds }: LoadSpec): void {
  for (let i = 0; i < CONNECTIONS; i++) new Client(port)
  const startedAt = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    const elapsed = performance.now() - startedAt
    if (elapsed > seconds * 1000) return finish(timer)
    for (; sent < (elapsed / 1000) * requestsPerSecond; sent++) {
      const client = free.shift()
      if (client === undefined) break
      client.send(hostOf(((sent * 7919) % hosts) * stride))
    }
  }, 1)
}

function finish(timer: NodeJS.Timeout): void {
  clearInterval(timer)
  setTimeout(() => {
    if (free.length < CONNECTIONS) failures.none = CONNECTIONS - free.length
    const sorted = latencies.sort((a, b) => a - b)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
    const result: LoadResult = {
      requests: sorted.length,
      failures,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      maxMs: at(1),
    }
    process.send?.(result, () => process.exit())
  }, LAST_ANSWERS_MS)
}

process.once('message', (spec: LoadSpec) => run(spec))
