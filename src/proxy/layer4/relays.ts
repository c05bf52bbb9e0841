/** Connections that are passed on as they are, of one worker: to where, and what became of them. */
import type { Socket } from 'node:net'
import { plainAddress } from '../../lib/ip.ts'
import type { ClusterName } from '../../model/cluster.ts'
import type { PassthroughSpec } from '../../model/server-name.ts'
import type { Deadlines } from '../deadlines.ts'
import { proxyHeader } from '../proxy-header.ts'
import type { EndpointSource } from '../types.ts'
import { askingOf } from './asking.ts'
import type { Passages } from './passages.ts'
import { Relay } from './relay.ts'

export interface RelaysInit {
  readonly deadlines: Deadlines
  readonly cluster: (name: ClusterName) => EndpointSource
  readonly idleMs: () => number
  /** Monotonic milliseconds. */
  readonly now: () => number
  readonly passages: Passages
}

/** A connection of a client; what was read of it is in it again. */
export interface Relayed {
  /** What it is to whoever decided that it goes there. */
  readonly protocol: 'TLS' | 'TCP'
  readonly socket: Socket
  readonly address: string
  readonly sourcePort: number
  /** Where it connected to, as it knows it. */
  readonly port: number
  /** What it asks for, where it says so. */
  readonly host: string
  readonly to: PassthroughSpec
  readonly closed: (relay: Relay) => void
}

const NOTHING = Buffer.alloc(0)

export class Relays {
  readonly #init: RelaysInit

  constructor(init: RelaysInit) {
    this.#init = init
  }

  begin(about: Relayed): Relay {
    const { deadlines, cluster, idleMs, now, passages } = this.#init
    const { protocol, socket, address: clientAddress, port, host, to, closed } = about
    const startedAt = now()
    return new Relay({
      ...{ socket, deadlines, idleMs, now, connectMs: to.connectMs },
      endpoints: cluster(to.cluster),
      asking: askingOf(clientAddress, host),
      preface: prefaceOf(about),
      closed: (relay, end) => {
        passages.over({ protocol, clientAddress, host, port, cluster: to.cluster, startedAt, ...end })
        closed(relay)
      },
    })
  }
}

function prefaceOf({ socket, address: source, sourcePort, port: destinationPort, to }: Relayed): Buffer {
  if (to.proxyProtocol === 'off') return NOTHING
  const destination = plainAddress(socket.localAddress ?? '0.0.0.0')
  return proxyHeader(to.proxyProtocol, { source, sourcePort, destination, destinationPort })
}
