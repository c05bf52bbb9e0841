/** All connections of one worker to endpoints: pools by protocol, and what they share. */
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import type { CertificateSpec } from '../../model/certificate.ts'
import type { ConnectionSpec, EndpointSpec, LinkSpec, UpstreamTlsSpec } from '../../model/cluster.ts'
import type { ProxySettings } from '../../model/settings.ts'
import type { Deadlines } from '../deadlines.ts'
import type { ConnectionPool, Transport } from '../types.ts'
import { type Dialer, TCP } from './dialer.ts'
import { Occupants } from './occupants.ts'
import { H1Pool } from './pool.ts'
import { ReadBuffers } from './read-buffers.ts'
import { TlsDialer } from './tls-dialer.ts'
import type { UpstreamShared } from './upstream-shared.ts'

export interface UpstreamsInit
  extends Pick<UpstreamShared, 'clock' | 'random' | 'afterPoll' | 'deadlines' | 'settings'> {
  /** Client certificates, by the name of the Secret they come from. */
  readonly certificate: (name: string) => CertificateSpec | undefined
}

export class Upstreams implements Transport, UpstreamShared {
  readonly clock: Clock
  readonly random: Random
  readonly afterPoll: UpstreamShared['afterPoll']
  readonly deadlines: Deadlines
  readonly settings: () => ProxySettings
  readonly buffers = new ReadBuffers()
  readonly occupants = new Occupants()
  readonly #certificate: UpstreamsInit['certificate']
  /** One for all endpoints of a cluster, as long as its specification stays. */
  readonly #dialers = new WeakMap<UpstreamTlsSpec, Dialer>()
  busy = 0
  idle = 0

  constructor({ clock, random, afterPoll, deadlines, settings, certificate }: UpstreamsInit) {
    this.clock = clock
    this.random = random
    this.afterPoll = afterPoll
    this.deadlines = deadlines
    this.settings = settings
    this.#certificate = certificate
  }

  pool(spec: EndpointSpec, link: LinkSpec, wanted: () => ConnectionSpec | undefined): ConnectionPool {
    return new H1Pool({ spec, shared: this, dialer: this.#dialer(link), wanted })
  }

  #dialer({ protocol, tls }: LinkSpec): Dialer {
    if (tls === undefined) return TCP
    const certificate = this.#certificate
    return this.#dialers.getOrInsertComputed(tls, () => new TlsDialer({ tls, protocol, certificate }))
  }
}
