/** What one worker passes on as it is: connections by the name that TLS asks for, those of TCP services, UDP. */
import type { ClusterName } from '../model/cluster.ts'
import type { AccessLog } from './access-log.ts'
import type { ListenerHost } from './downstream/listener-host.ts'
import { Passages } from './layer4/passages.ts'
import type { Relay } from './layer4/relay.ts'
import { Relays } from './layer4/relays.ts'
import { Layer4Ports } from './layer4-ports.ts'
import type { Sample } from './metrics.ts'
import type { PassedOn } from './passed-on.ts'
import type { EndpointSource } from './types.ts'

export interface Layer4Init {
  readonly host: ListenerHost
  readonly cluster: (name: ClusterName) => EndpointSource
  readonly accessLog: AccessLog | undefined
}

export class Layer4 {
  readonly ports: Layer4Ports
  readonly #passages: Passages
  readonly #relays: Relays

  constructor({ host, cluster, accessLog }: Layer4Init) {
    const now = () => host.now()
    const log = () => (host.settings().accessLog ? accessLog : undefined)
    const passages = new Passages({ now, accessLog: log })
    const idleMs = () => host.settings().timeouts.tunnelIdleMs
    this.#passages = passages
    this.#relays = new Relays({ deadlines: host.deadlines, cluster, idleMs, now, passages })
    this.ports = new Layer4Ports({ listeners: host, cluster, passages })
  }

  relay(about: PassedOn<Relay>): Relay {
    return this.#relays.begin(about)
  }

  *samples(): Iterable<Sample> {
    yield* this.#passages.samples()
    yield* this.ports.samples()
  }
}
