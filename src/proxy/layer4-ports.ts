/**
 * Ports of TCP and UDP services in one worker. Which there are to be, the configuration says; which of these may be
 * opened, the supervisor, who has made sure that nobody else has them. Each is opened and closed by itself.
 */
import type { Layer4PortSpec } from '../model/layer4-port.ts'
import type { Departure } from './departure.ts'
import { Introductions } from './downstream/introduction.ts'
import { Listener, type Place } from './downstream/listener.ts'
import type { ListenerHost, PassedPort } from './downstream/listener-host.ts'
import type { Passages } from './layer4/passages.ts'
import { UdpCounts } from './layer4/udp-counts.ts'
import { UdpPort, type UdpPortHost } from './layer4/udp-port.ts'
import type { PortFailure } from './messages.ts'
import type { Sample } from './metrics.ts'

export interface Layer4PortsInit {
  readonly listeners: ListenerHost
  readonly cluster: UdpPortHost['cluster']
  readonly passages: Passages
}

/** Where all of them listen. */
export type PortPlace = Pick<Place, 'host' | 'reusePort'>

interface Closing {
  readonly empty: Promise<void>
  readonly cut: () => void
}

/** A port that is open, or being opened. */
interface OpenPort {
  readonly opened: Promise<void>
  /** Takes nobody any more. */
  stop(): void
  /** Whether nothing is under way on it. */
  readonly isEmpty: boolean
  close(departure: Departure): Closing
  samples(): Iterable<Sample>
}

export class Layer4Ports {
  readonly #init: Layer4PortsInit
  readonly #counts = new UdpCounts()
  #place: PortPlace = { host: '127.0.0.1', reusePort: false }
  readonly #specs = new Map<string, Layer4PortSpec>()
  readonly #open = new Map<string, OpenPort>()
  /** Closed, but for what is under way on them. */
  readonly #leaving = new Set<OpenPort>()

  constructor(init: Layer4PortsInit) {
    this.#init = init
  }

  /** To be called before any is opened. */
  listenAt(place: PortPlace): void {
    this.#place = place
  }

  /** A port of this name is asked for; where it is open, what comes from now on goes where it says. */
  set(name: string, spec: Layer4PortSpec): void {
    this.#specs.set(name, spec)
  }

  remove(name: string): void {
    this.#specs.delete(name)
    this.#close(name)
  }

  /**
   * Opens those of them that are asked for, and closes all others.
   * @returns those that cannot be opened, and why.
   */
  async open(names: readonly string[]): Promise<readonly PortFailure[]> {
    this.#tidy()
    for (const name of this.#open.keys()) if (!names.includes(name)) this.#close(name)
    const wanted = names.filter((name) => this.#specs.has(name))
    const results = await Promise.all(wanted.map((name) => this.#opened(name)))
    return results.filter((failure) => failure !== undefined)
  }

  /** The end of the process. */
  close(departure: Departure): Closing {
    const closing = [...this.#open.values(), ...this.#leaving].map((port) => port.close(departure))
    return {
      empty: Promise.all(closing.map(({ empty }) => empty)).then(() => {}),
      cut: () => {
        for (const { cut } of closing) cut()
      },
    }
  }

  *samples(): Iterable<Sample> {
    for (const port of [...this.#open.values(), ...this.#leaving]) yield* port.samples()
    yield* this.#counts.samples()
  }

  async #opened(name: string): Promise<PortFailure | undefined> {
    let port: OpenPort | undefined
    try {
      port = this.#open.get(name) ?? this.#begin(name)
      await port.opened
      return undefined
    } catch (error) {
      if (port !== undefined && this.#open.get(name) === port) this.#open.delete(name)
      const { code = '', message } = error as NodeJS.ErrnoException
      return { name, code, message }
    }
  }

  #begin(name: string): OpenPort {
    const spec = this.#specs.get(name)!
    // Of what is under way when its port goes, the last word stays.
    let last = spec
    const current = (): Layer4PortSpec => {
      last = this.#specs.get(name) ?? last
      return last
    }
    const port = spec.protocol === 'TCP' ? this.#tcp(current) : this.#udp(current)
    this.#open.set(name, port)
    return port
  }

  #tcp(spec: () => Layer4PortSpec): OpenPort {
    const { listeners } = this.#init
    const passes = passedPort(spec, () => listeners.settings().proxyProtocol.from)
    const listener = new Listener(listeners, { passes })
    return {
      opened: listener.listen({ ...this.#place, port: spec().port }).then(() => {}),
      stop: () => listener.stopAccepting(),
      get isEmpty() {
        return listener.isEmpty
      },
      close: (departure) => listener.close(departure),
      samples: () => listener.samples(),
    }
  }

  #udp(spec: () => Layer4PortSpec): OpenPort {
    const { listeners, cluster, passages } = this.#init
    const { deadlines } = listeners
    const [settings, now] = [() => listeners.settings(), () => listeners.now()]
    const port = new UdpPort({ deadlines, passages, counts: this.#counts, settings, cluster, now }, spec)
    return {
      opened: port.listen(this.#place.host, this.#place.reusePort),
      // Without the port there is no way back to clients.
      stop: () => port.close().cut(),
      get isEmpty() {
        return port.isEmpty
      },
      close: () => port.close(),
      samples: () => [],
    }
  }

  #close(name: string): void {
    const port = this.#open.get(name)
    if (port === undefined) return
    this.#open.delete(name)
    this.#leaving.add(port)
    port.opened.then(
      () => port.stop(),
      () => {},
    )
  }

  /** Forgets those on which nothing is under way any more. */
  #tidy(): void {
    for (const port of this.#leaving) if (port.isEmpty) this.#leaving.delete(port)
  }
}

/** @param from who may introduce clients; anybody where the list is empty. */
function passedPort(spec: () => Layer4PortSpec, from: () => readonly string[]): () => PassedPort {
  let [known, believed] = [spec(), from()]
  let passed: PassedPort | undefined
  return () => {
    const [to, ranges] = [spec(), from()]
    if (passed === undefined || to !== known || ranges !== believed) {
      const introductions = new Introductions({ mode: to.isIntroduced ? 'required' : 'off', from: ranges })
      passed = { to, introductions }
      known = to
      believed = ranges
    }
    return passed
  }
}
