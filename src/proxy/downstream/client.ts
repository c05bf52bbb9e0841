/** Who is at the other end of a downstream connection, worked out once when it is accepted. */
import type { AddressSet } from '../../lib/cidr.ts'
import { HeaderList } from '../headers.ts'

export interface Client {
  /** IPv4 addresses in their own notation, also where the socket speaks IPv6. */
  readonly address: string
  readonly scheme: 'http' | 'https'
  /** The port the client connected to, as it knows it. */
  readonly port: number
  readonly trustedProxies: AddressSet
  /** Whether the peer is a trusted proxy, whose forwarding fields count. */
  readonly trusted: boolean
  /** The forwarding fields that every request of an untrusted client gets. */
  readonly forwardingFields: HeaderList
  readonly sendForwarded: boolean
  /** The last authority on this connection and its host: nearly every request repeats it. */
  lastAuthority: string
  lastHost: string
}

export interface ClientInit {
  readonly address: string
  readonly scheme: 'http' | 'https'
  readonly port: number
  readonly trustedProxies: AddressSet
  readonly sendForwarded: boolean
}

export function newClient(init: ClientInit): Client {
  const address = init.address.startsWith('::ffff:') ? init.address.slice(7) : init.address
  const forwardingFields = new HeaderList()
  forwardingFields.add('X-Forwarded-For', address)
  forwardingFields.add('X-Forwarded-Proto', init.scheme)
  forwardingFields.add('X-Forwarded-Port', String(init.port))
  forwardingFields.add('X-Real-IP', address)
  const trusted = init.trustedProxies.has(address)
  return { ...init, address, trusted, forwardingFields, lastAuthority: '', lastHost: '' }
}
