/** Who is at the other end of a downstream connection, worked out once when it is accepted. */
import type { AddressSet } from '../../lib/cidr.ts'
import { plainAddress } from '../../lib/ip.ts'
import { HeaderList } from '../headers.ts'
import type { ClientCertificate } from '../sides.ts'

export interface Client {
  /** IPv4 addresses in their own notation, also where the socket speaks IPv6. */
  readonly address: string
  readonly scheme: 'http' | 'https'
  /** The host named in the TLS handshake, in the form of `Exchange.host`; empty without one. */
  serverName: string
  /** Where the client was asked for one. */
  readonly certificate: ClientCertificate | undefined
  /** The port the client connected to, as it knows it. */
  readonly port: number
  /** Where it came from, and where to: see `DownstreamClient`. */
  readonly sourcePort: number
  readonly localAddress: string
  readonly trustedProxies: AddressSet
  /** Whether the peer is a trusted proxy, whose forwarding fields count. */
  readonly trusted: boolean
  readonly sendForwarded: boolean
  /** Forwarding fields of an untrusted client, but for the host: see `Exchange.forwardedHost`. */
  readonly forwarding: HeaderList
  /** The last authority on this connection, and its host: nearly every request repeats it. */
  lastAuthority: string
  lastHost: string
}

export interface ClientInit {
  readonly address: string
  readonly scheme: 'http' | 'https'
  readonly serverName: string
  readonly certificate?: ClientCertificate | undefined
  readonly port: number
  readonly sourcePort?: number
  readonly localAddress?: string
  readonly trustedProxies: AddressSet
  readonly sendForwarded: boolean
}

export function newClient(init: ClientInit): Client {
  const { scheme, serverName, certificate, port, trustedProxies, sendForwarded } = init
  const address = plainAddress(init.address)
  // What every request asks for comes first, and lies side by side.
  return {
    scheme,
    trusted: trustedProxies.has(address),
    sendForwarded,
    forwarding: forwardingOf(address, scheme, port),
    lastAuthority: '',
    lastHost: '',
    serverName,
    address,
    certificate,
    port,
    sourcePort: init.sourcePort ?? 0,
    localAddress: init.localAddress ?? '',
    trustedProxies,
  }
}

/** Lists that connections share; behind a balancer, or on one page, they come from few addresses. */
const known = new Map<string, HeaderList>()
const MOST_KNOWN = 256

function forwardingOf(address: string, scheme: string, port: number): HeaderList {
  const key = `${address} ${scheme} ${port}`
  const before = known.get(key)
  if (before !== undefined) return before
  const forwarding = new HeaderList()
  forwarding.add('X-Forwarded-For', address)
  forwarding.add('X-Forwarded-Proto', scheme)
  forwarding.add('X-Forwarded-Port', String(port))
  forwarding.add('X-Real-IP', address)
  if (known.size === MOST_KNOWN) known.clear()
  known.set(key, forwarding)
  return forwarding
}

/** The client names this authority now. Without one, which only HTTP/1.0 may leave out, both are empty. */
export function remember(client: Client, authority: string, host: string): void {
  client.lastAuthority = authority
  client.lastHost = host
  // One string for both: every request has them compared.
  if (host === client.serverName) client.serverName = host
}
