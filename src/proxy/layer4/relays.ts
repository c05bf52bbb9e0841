/** Connections that are passed on as they are, of one worker: to where, and what became of them. */
import type { Socket } from 'node:net'
import type { ClusterName } from '../../model/cluster.ts'
import type { PassthroughSpec } from '../../model/server-name.ts'
import type { Deadlines } from '../deadlines.ts'
import { HeaderList } from '../headers.ts'
import type { Sample } from '../metrics.ts'
import type { EndpointSource } from '../types.ts'
import { proxyHeader } from './proxy-header.ts'
import { Relay, type RelayResult } from './relay.ts'

export interface RelaysInit {
  readonly deadlines: Deadlines
  readonly cluster: (name: ClusterName) => EndpointSource
  readonly idleMs: () => number
}

/** A connection of a client; what was read of it is in it again. */
export interface Relayed {
  readonly socket: Socket
  readonly address: string
  /** Where it connected to, as it knows it. */
  readonly port: number
  /** What it asks for, where it says so. */
  readonly host: string
  readonly to: PassthroughSpec
  readonly closed: (relay: Relay) => void
}

const NOTHING = Buffer.alloc(0)
const NO_FIELDS = new HeaderList()

export class Relays {
  readonly #init: RelaysInit
  /** By cluster and result. */
  readonly #counts = new Map<ClusterName, Map<RelayResult, number>>()

  constructor(init: RelaysInit) {
    this.#init = init
  }

  begin(about: Relayed): Relay {
    const { deadlines, cluster, idleMs } = this.#init
    const { socket, address: clientAddress, host, to, closed } = about
    return new Relay({
      ...{ socket, deadlines, idleMs, connectMs: to.connectMs },
      endpoints: cluster(to.cluster),
      asking: {
        ...{ clientAddress, scheme: 'https', method: '', host, path: '' },
        ...{ requestHeaders: NO_FIELDS, stickyCookie: '' },
      },
      preface: prefaceOf(about),
      closed: (relay, result) => {
        this.#count(to.cluster, result)
        closed(relay)
      },
    })
  }

  *samples(): Iterable<Sample> {
    for (const [cluster, counts] of this.#counts) {
      const [, namespace = '', service = '', port = ''] = /^([^/]*)\/(.*):([^:]*)$/.exec(cluster) ?? []
      for (const [result, n] of counts) yield ['sluice_relayed_connections', [namespace, service, port, result], n]
    }
  }

  #count(cluster: ClusterName, result: RelayResult): void {
    const counts = this.#counts.getOrInsertComputed(cluster, () => new Map())
    counts.set(result, (counts.get(result) ?? 0) + 1)
  }
}

function prefaceOf({ socket, address: source, port: destinationPort, to }: Relayed): Buffer {
  if (to.proxyProtocol === 'off') return NOTHING
  const { remotePort: sourcePort = 0, localAddress = '0.0.0.0' } = socket
  const destination = localAddress.replace(/^::ffff:/, '')
  return proxyHeader(to.proxyProtocol, { source, sourcePort, destination, destinationPort })
}
