/** Probes of a container: asked again and again, believed after as many equal answers as they say. */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { connect } from 'node:net'
import type { V1Container, V1Probe } from '@kubernetes/client-node'

export type ProbeKind = 'startup' | 'liveness' | 'readiness'

export interface ProbeSpec {
  readonly kind: ProbeKind
  readonly probe: V1Probe
  readonly container: V1Container
  readonly address: string
  /** Runs a command in the container; resolves with its exit status. */
  readonly exec: (argv: readonly string[]) => Promise<number>
  /** While it says so, nobody asks: the node cannot be reached, or a startup probe has not passed. */
  readonly paused: () => boolean
  /** Told on the first verdict and whenever it changes. */
  readonly onVerdict: (passed: boolean) => void
}

const SECOND = 1_000
const EAGER_SECONDS = 0.25
const DEFAULTS = {
  initialDelaySeconds: 0,
  periodSeconds: 10,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
}

export class ProbeRunner {
  readonly #spec: ProbeSpec
  readonly #settings: typeof DEFAULTS
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #verdict: boolean | undefined
  #last = false
  #inARow = 0

  constructor(spec: ProbeSpec) {
    this.#spec = spec
    this.#settings = { ...DEFAULTS, ...defined(spec.probe) }
    // Alive until proved otherwise.
    this.#verdict = spec.kind === 'liveness' ? true : undefined
    this.#schedule(this.#settings.initialDelaySeconds)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #schedule(seconds: number): void {
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#turn(), seconds * SECOND)
  }

  async #turn(): Promise<void> {
    if (!this.#spec.paused()) {
      const passed = await this.#ask().catch(() => false)
      if (!this.#stopped && !this.#spec.paused()) this.#judge(passed)
    }
    // Tests wait for the first readiness; nothing comes of asking for it too often.
    const isAwaited = this.#spec.kind === 'readiness' && this.#verdict !== true
    this.#schedule(isAwaited ? EAGER_SECONDS : this.#settings.periodSeconds)
  }

  #judge(passed: boolean): void {
    this.#inARow = passed === this.#last ? this.#inARow + 1 : 1
    this.#last = passed
    const { successThreshold, failureThreshold } = this.#settings
    if (this.#inARow < (passed ? successThreshold : failureThreshold) || this.#verdict === passed) return
    this.#verdict = passed
    this.#spec.onVerdict(passed)
  }

  async #ask(): Promise<boolean> {
    const { probe, container, address, exec } = this.#spec
    const timeoutMs = this.#settings.timeoutSeconds * SECOND
    if (probe.exec !== undefined) return (await withTimeout(exec(probe.exec.command ?? []), timeoutMs)) === 0
    if (probe.tcpSocket !== undefined) {
      const { host, port } = probe.tcpSocket
      return await connects(host ?? address, portOf(port, container), timeoutMs)
    }
    if (probe.httpGet === undefined) throw new Error(`${container.name}: a probe of a kind not known to this kubelet`)
    return await answers(httpTarget(probe.httpGet, container, address), timeoutMs)
  }
}

type HttpGet = NonNullable<V1Probe['httpGet']>

interface HttpTarget {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
}

export function httpTarget(get: HttpGet, container: V1Container, address: string): HttpTarget {
  const scheme = (get.scheme ?? 'HTTP').toLowerCase()
  const url = new URL(`${scheme}://${get.host ?? address}:${portOf(get.port, container)}${get.path ?? '/'}`)
  return { url, headers: Object.fromEntries((get.httpHeaders ?? []).map(({ name, value }) => [name, value])) }
}

/** Whether the answer is a success or a redirection. */
export function answers({ url, headers }: HttpTarget, timeoutMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const secure = url.protocol === 'https:'
  const options = { headers: { connection: 'close', ...headers }, agent: false, signal: AbortSignal.timeout(timeoutMs) }
  const sent = secure ? requestHttps(url, { ...options, rejectUnauthorized: false }) : requestHttp(url, options)
  sent.on('response', (response) => {
    response.resume().on('error', () => {})
    const status = response.statusCode ?? 0
    resolve(status >= 200 && status < 400)
  })
  sent.on('error', () => resolve(false))
  sent.end()
  return promise
}

function connects(host: string, port: number, timeoutMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host, port, timeout: timeoutMs })
  socket.once('connect', () => resolve(true))
  socket.once('timeout', () => resolve(false))
  socket.once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}

function portOf(port: string | number, { name, ports = [] }: V1Container): number {
  if (typeof port === 'number') return port
  const found = ports.find((each) => each.name === port)?.containerPort
  if (found === undefined) throw new Error(`${name}: a probe asks for port ${port}, which the container does not name`)
  return found
}

async function withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), ms)
  return await Promise.race([work, promise]).finally(() => clearTimeout(timer))
}

function defined(probe: V1Probe): Partial<typeof DEFAULTS> {
  return Object.fromEntries(
    Object.keys(DEFAULTS).flatMap((key) => {
      const value = probe[key as keyof typeof DEFAULTS]
      return value === undefined || value === null ? [] : [[key, value]]
    }),
  )
}
