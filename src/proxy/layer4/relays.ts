/** Connections that are passed on as they are, of one worker: to where, and what became of them. */
import { plainAddress } from '../../lib/ip.ts'
import type { ClusterName } from '../../model/cluster.ts'
import type { Deadlines } from '../deadlines.ts'
import type { PassedOn } from '../passed-on.ts'
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

const NOTHING = Buffer.alloc(0)

export class Relays {
  readonly #init: RelaysInit

  constructor(init: RelaysInit) {
    this.#init = init
  }

  begin(about: PassedOn<Relay>): Relay {
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

function prefaceOf({ socket, address: source, sourcePort, port: destinationPort, to }: PassedOn<Relay>): Buffer {
  if (to.proxyProtocol === 'off') return NOTHING
  const destination = plainAddress(socket.localAddress ?? '0.0.0.0')
  return proxyHeader(to.proxyProtocol, { source, sourcePort, destination, destinationPort })
}
