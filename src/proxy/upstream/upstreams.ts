/** All connections of one worker to endpoints: pools by protocol, and what they share. */
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import type { CertificateSpec } from '../../model/certificate.ts'
import type { EndpointSpec, LinkSpec, UpstreamTlsSpec } from '../../model/cluster.ts'
import type { ProxySettings } from '../../model/settings.ts'
import type { Deadlines } from '../deadlines.ts'
import type { Sample } from '../metrics.ts'
import type { TurnEnd } from '../turn-end.ts'
import type { ConnectionPool, PoolOwner, Transport } from '../types.ts'
import { AlpnPool } from './alpn-pool.ts'
import { ClientPools } from './client-pools.ts'
import { type Dialer, TCP } from './dialer.ts'
import type { PoolInit } from './endpoint-pool.ts'
import { H1Pool } from './h1-pool.ts'
import { H2Pool } from './h2-pool.ts'
import { News, type NewsInit } from './news.ts'
import { Occupants } from './occupants.ts'
import { ReadBuffers } from './read-buffers.ts'
import { ResponseReaders } from './response-readers.ts'
import { TlsDialer } from './tls-dialer.ts'
import type { UpstreamShared } from './upstream-shared.ts'

const H2_READ_BYTES = 64 * 1024

/** What can be offered by ALPN. */
const OFFERS = { h1: ['http/1.1'], h2: ['h2'], any: ['h2', 'http/1.1'] } as const
type Offer = keyof typeof OFFERS

type Given = Pick<UpstreamShared, 'clock' | 'random' | 'turnEnd' | 'deadlines' | 'settings'>

export interface UpstreamsInit extends Given {
  readonly afterTurn: NewsInit['afterTurn']
  /** Client certificates, by the name of the Secret they come from. */
  readonly certificate: (name: string) => CertificateSpec | undefined
}

export class Upstreams implements Transport, UpstreamShared {
  readonly clock: Clock
  readonly random: Random
  readonly news: News
  readonly turnEnd: TurnEnd
  readonly deadlines: Deadlines
  readonly settings: () => ProxySettings
  readonly buffers = new ReadBuffers()
  readonly readers = new ResponseReaders(() => this.settings())
  readonly h2Reads = Buffer.allocUnsafeSlow(H2_READ_BYTES)
  readonly occupants = new Occupants()
  readonly #certificate: UpstreamsInit['certificate']
  /** One for all endpoints of a cluster and what is offered them, as long as its specification stays. */
  readonly #dialers = new WeakMap<UpstreamTlsSpec, Map<Offer, Dialer>>()
  busy = 0
  idle = 0
  /** Whether any endpoint is told of the connections of clients, or ever was. */
  introduces = false

  constructor({ clock, random, afterTurn, turnEnd, deadlines, settings, certificate }: UpstreamsInit) {
    this.clock = clock
    this.random = random
    this.news = new News({ clock, afterTurn })
    this.turnEnd = turnEnd
    this.deadlines = deadlines
    this.settings = settings
    this.#certificate = certificate
  }

  pool(spec: EndpointSpec, link: LinkSpec, owner: PoolOwner): ConnectionPool {
    const { proxyProtocol: version } = link
    const poolFor = (more: Pick<PoolInit, 'belonging'>) => this.#pool(link, { spec, shared: this, owner, ...more })
    if (version === undefined) return poolFor({})
    this.introduces = true
    const most = () => owner.connections?.maxIdle ?? this.settings().limits.idleUpstreamConnections
    return new ClientPools({ version, most, poolFor: (belonging) => poolFor({ belonging }) })
  }

  *samples(): Iterable<Sample> {
    yield ['sluice_upstream_connections', ['busy'], this.busy]
    yield ['sluice_upstream_connections', ['idle'], this.idle]
  }

  #pool({ protocol, tls }: LinkSpec, given: Omit<PoolInit, 'dialer'>): ConnectionPool {
    const init = (offer: Offer) => ({ ...given, dialer: this.#dialer(tls, offer) })
    if (protocol === 'h2') return new H2Pool(init('h2'))
    if (protocol === 'http/1.1') return new H1Pool(init('h1'))
    return new AlpnPool({ h2: new H2Pool(init('any')), h1: new H1Pool(init('h1')) })
  }

  #dialer(tls: UpstreamTlsSpec | undefined, offer: Offer): Dialer {
    if (tls === undefined) return TCP
    const init = { tls, protocols: OFFERS[offer], certificate: this.#certificate }
    return this.#dialers.getOrInsertComputed(tls, () => new Map()).getOrInsertComputed(offer, () => new TlsDialer(init))
  }
}
