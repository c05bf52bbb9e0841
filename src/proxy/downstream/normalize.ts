/**
 * The trust boundary. A parsed request head comes in; what leaves is unambiguous and ours to vouch for: one framing,
 * one host, one normalised path, no field of another hop, no forwarding field that nobody vouches for. What is
 * ambiguous is refused, never repaired.
 */
import type { ExchangeInit } from '../exchange.ts'
import type { FaultCode } from '../faults.ts'
import { FIELD_IDS, type KnownField, markFields } from '../field-names.ts'
import type { HeaderList } from '../headers.ts'
import { type ConnectionOptions, connectionOptions, dropNominated } from '../http1/connection.ts'
import { requestBodyLength } from '../http1/framing.ts'
import type { RequestHead } from '../http1/request-head.ts'
import { hostOf } from './authority.ts'
import { type Client, remember } from './client.ts'
import { forwardedHost, requestId, setForwardingFields } from './forwarding.ts'
import { parseTarget } from './target.ts'

/**
 * Fields of this hop (RFC 9110 section 7.6.1), those that only ever fool a backend (httpoxy, CVE-2016-5385), and what we
 * alone may say of a client's certificate.
 */
const DROPPED: readonly KnownField[] = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'te',
  'upgrade',
  'http2-settings',
  'proxy',
  'underscored',
  'ssl-client-verify',
  'ssl-client-subject-dn',
  'ssl-client-issuer-dn',
  'ssl-client-cert',
]
const DROPPED_TABLE = markFields(...DROPPED)
const bitsOf = (...names: readonly KnownField[]): number =>
  names.reduce((bits, name) => bits | (1 << FIELD_IDS[name]), 0)
const DROPPED_BITS = bitsOf(...DROPPED)
const HOST_BIT = bitsOf('host')
const EXPECT_BIT = bitsOf('expect')
const MAX_FORWARDS_BIT = bitsOf('max-forwards')
const NO_OPTIONS: ConnectionOptions = { close: false, keepAlive: false, upgrade: false, nominated: [] }

/** What is the same for all requests of a connection. */
export interface NormalizeInput {
  readonly client: Client
  readonly freshId: () => string
}

/** @param startedAt monotonic milliseconds of the request's first byte. */
export function normalize(head: RequestHead, input: NormalizeInput, startedAt: number): ExchangeInit | FaultCode {
  const { method, minor, fields } = head
  if (method === 'CONNECT' || method === 'TRACE') return 'bad-method'
  const bodyLength = requestBodyLength(fields, minor)
  if (typeof bodyLength === 'string') return bodyLength
  // Most are plain paths, and spare the object.
  const target = head.plainTarget ? undefined : parseTarget(head.target, method)
  if (target === undefined && !head.plainTarget) return 'bad-target'
  const authority = authorityOf(fields, target?.authority, minor)
  if (authority === undefined) return 'bad-host'
  const host = cachedHost(authority, input.client)
  if (host === undefined) return 'bad-host'
  const fault = checkExpectation(fields, minor) ?? countForwards(fields, method)
  if (fault !== undefined) return fault
  const { upgrade, options } = dropHopByHop(head, bodyLength !== 0)
  const clientAddress = setForwardingFields(fields, input.client, authority)
  const id = requestId(fields, input.freshId)
  return {
    method,
    scheme: input.client.scheme,
    authority,
    host,
    serverName: input.client.serverName,
    path: target?.path ?? head.target,
    query: target?.query ?? '',
    version: minor === 1 ? '1.1' : '1.0',
    requestHeaders: fields,
    clientAddress,
    startedAt,
    hasBody: bodyLength !== 0,
    bodyLength,
    upgrade,
    requestId: id,
    forwardedHost: forwardedHost(input.client, authority),
    persistent: !options.close && (minor === 1 || options.keepAlive),
  }
}

/** The absolute form counts more than Host, and replaces it (RFC 9112 section 3.2.2); HTTP/1.0 may name none. */
function authorityOf(fields: HeaderList, absolute: string | undefined, minor: 0 | 1): string | undefined {
  if ((fields.repeated & HOST_BIT) !== 0) return undefined
  const named = (fields.seen & HOST_BIT) === 0 ? undefined : fields.value(FIELD_IDS.host)!
  if (named === '' || (named === undefined && minor === 1)) return undefined
  if (absolute === undefined) return named ?? ''
  if (absolute !== named) fields.set('Host', absolute)
  return absolute
}

/** Without an authority, which only HTTP/1.0 may lack, the host is empty and matches the catch-all alone. */
export function cachedHost(authority: string, client: Client): string | undefined {
  if (authority === client.lastAuthority) return client.lastHost
  const host = authority === '' ? '' : hostOf(authority)
  if (host !== undefined) remember(client, authority, host)
  return host
}

/** 100-continue is the only expectation there is (RFC 9110 section 10.1.1); HTTP/1.0 cannot express it. */
export function checkExpectation(fields: HeaderList, minor: 0 | 1): FaultCode | undefined {
  if ((fields.seen & EXPECT_BIT) === 0) return undefined
  if (minor === 0) {
    fields.delete('expect')
    return undefined
  }
  const repeated = (fields.repeated & EXPECT_BIT) !== 0
  return !repeated && fields.get('expect')!.toLowerCase() === '100-continue' ? undefined : 'bad-expectation'
}

/** Max-Forwards counts hops for OPTIONS (RFC 9110 section 7.6.2). */
export function countForwards(fields: HeaderList, method: string): FaultCode | undefined {
  if (method !== 'OPTIONS' || (fields.seen & MAX_FORWARDS_BIT) === 0) return undefined
  const text = fields.get('max-forwards')!
  if (!/^\d{1,9}$/.test(text) || (fields.repeated & MAX_FORWARDS_BIT) !== 0) return 'bad-field'
  if (Number(text) === 0) return 'hops-used-up'
  fields.set('Max-Forwards', String(Number(text) - 1))
  return undefined
}

/** Drops what only ever fools a backend, where nothing can speak of the connection: HTTP/2 does that in frames. */
export function dropConfusing(fields: HeaderList): void {
  if ((fields.seen & DROPPED_BITS) !== 0) fields.deleteMarked(DROPPED_TABLE)
}

function dropHopByHop(
  { minor, fields }: RequestHead,
  hasBody: boolean,
): { upgrade: string; options: ConnectionOptions } {
  if ((fields.seen & DROPPED_BITS) === 0) return { upgrade: '', options: NO_OPTIONS }
  const options = connectionOptions(fields)
  const upgrade = options.upgrade && minor === 1 && !hasBody ? offeredProtocols(fields) : ''
  dropNominated(fields, options)
  fields.deleteMarked(DROPPED_TABLE)
  return { upgrade, options }
}

/** What the client offers to switch to, without h2c, which would tunnel past every rule of ours. */
function offeredProtocols(fields: HeaderList): string {
  return fields
    .getAll('upgrade')
    .flatMap((line) => line.split(','))
    .map((name) => name.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((name) => /^[\w!#$%&'*+.^`|~-]+(\/[\w!#$%&'*+.^`|~-]+)?$/.test(name) && !/^h2c?(\/|$)/i.test(name))
    .join(', ')
}
