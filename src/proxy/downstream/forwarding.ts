/**
 * Forwarding fields: X-Forwarded-For, -Host, -Proto, -Port, X-Real-IP, X-Request-ID, and Forwarded (RFC 7239) where
 * it is asked for. What an untrusted client says of itself is replaced; a trusted proxy is believed, and its list is
 * walked from the right over trusted hops to the first address nobody vouches for.
 */
import { isIP } from 'node:net'
import { FIELD_IDS, markFields } from '../field-names.ts'
import type { HeaderList } from '../headers.ts'
import type { Client } from './client.ts'

const FORWARDING = [
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-scheme',
  'x-forwarded-ssl',
  'x-forwarded-server',
  'x-forwarded-prefix',
  'x-real-ip',
  'forwarded',
] as const
const CLAIMED = markFields(...FORWARDING)
const CLAIMED_BITS = FORWARDING.reduce((bits, name) => bits | (1 << FIELD_IDS[name]), 0)
const REPLACED = markFields('x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port', 'x-real-ip')
const REQUEST_ID = markFields('x-request-id')
const REQUEST_ID_BIT = 1 << FIELD_IDS['x-request-id']

/** Sets the forwarding fields. @returns the address of the client that the request came from. */
export function setForwardingFields(fields: HeaderList, client: Client, authority: string): string {
  const address = client.trusted ? believe(fields, client, authority) : replace(fields, client)
  if (client.sendForwarded) {
    // Who spoke to us, as everybody on the way adds it (RFC 7239 section 5.2); the client is further left in the list.
    const node = isIP(client.address) === 6 ? `"[${client.address}]"` : client.address
    fields.add('Forwarded', `for=${node};host="${authority}";proto=${fields.get('x-forwarded-proto')}`)
  }
  return address
}

/**
 * What X-Forwarded-Host is to say beside those fields: clients name another host more often than anything else changes,
 * so the codec writes it (see `Exchange.forwardedHost`). Empty where a trusted proxy's word stands among the fields.
 */
export function forwardedHost({ trusted }: Client, authority: string): string {
  return trusted ? '' : authority
}

/** The client's own id where it is harmless, or a new one. The codec writes it, see `Exchange.requestId`. */
export function requestId(fields: HeaderList, fresh: () => string): string {
  if ((fields.seen & REQUEST_ID_BIT) !== 0) {
    // Gone where the client nominated it for its own hop.
    const given = fields.get('x-request-id') ?? ''
    fields.deleteMarked(REQUEST_ID)
    if ((fields.repeated & REQUEST_ID_BIT) === 0 && /^[\w.+/=:-]{1,128}$/.test(given)) return given
  }
  return fresh()
}

function replace(fields: HeaderList, client: Client): string {
  if ((fields.seen & CLAIMED_BITS) !== 0) fields.deleteMarked(CLAIMED)
  fields.append(client.forwarding)
  return client.address
}

function believe(fields: HeaderList, client: Client, authority: string): string {
  const claimed = fields.getAll('x-forwarded-for').flatMap((line) => line.split(',').map((hop) => hop.trim()))
  const chain = [...claimed.filter((hop) => isIP(hop) !== 0), client.address]
  let hop = chain.length - 1
  while (hop > 0 && client.trustedProxies.has(chain[hop]!)) hop--
  const proto = fields.get('x-forwarded-proto')
  const host = fields.get('x-forwarded-host')
  const port = fields.get('x-forwarded-port')
  fields.deleteMarked(REPLACED)
  fields.add('X-Forwarded-For', chain.join(', '))
  fields.add('X-Forwarded-Proto', proto === 'http' || proto === 'https' ? proto : client.scheme)
  fields.add('X-Forwarded-Port', port !== undefined && /^\d{1,5}$/.test(port) ? port : String(client.port))
  fields.add('X-Real-IP', chain[hop]!)
  if ((host ?? authority) !== '') fields.add('X-Forwarded-Host', host ?? authority)
  return chain[hop]!
}
