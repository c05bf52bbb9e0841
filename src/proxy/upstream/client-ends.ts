/** Whom an endpoint is told of where its connections belong to one client each. */
import type { Exchange } from '../exchange.ts'
import type { Ends } from '../proxy-header.ts'

/** Where a connection went to that is older than the first endpoint that is told of it, or of a copy of a request. */
const UNKNOWN = '0.0.0.0'

/**
 * The client's own connection, as it knows it. Where somebody else speaks for the client (X-Forwarded-For), nothing is
 * known of the port that it came from.
 */
export function endsOf({ clientAddress: source, downstream: { client } }: Exchange): Ends {
  const { address, port: destinationPort = 0, sourcePort = 0, localAddress = '' } = client
  return {
    source,
    sourcePort: source === address ? sourcePort : 0,
    destination: localAddress === '' ? UNKNOWN : localAddress,
    destinationPort,
  }
}

/** The same for the same client, and for no other one. */
export function nameOf({ source, sourcePort, destination, destinationPort }: Ends): string {
  return `${source} ${sourcePort} ${destination} ${destinationPort}`
}
