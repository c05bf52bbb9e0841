/**
 * The trust boundary for HTTP/2: what `normalize` is for HTTP/1.1. The codec has refused what is malformed; here a
 * request becomes one that can be handed on, to backends of HTTP/1.1 too, without anybody reading it differently.
 */
import type { ExchangeInit } from '../exchange.ts'
import type { FaultCode } from '../faults.ts'
import type { RequestHead } from '../http2/heads.ts'
import { forwardedHost, requestId, setForwardingFields } from './forwarding.ts'
import { cachedHost, checkExpectation, countForwards, dropConfusing, type NormalizeInput } from './normalize.ts'
import { parseTarget } from './target.ts'

export interface H2RequestInput extends NormalizeInput {
  readonly requestLineBytes: number
}

/**
 * @param ended whether there is no body.
 * @param startedAt monotonic milliseconds.
 */
export function h2Request(
  head: RequestHead,
  input: H2RequestInput,
  { ended, startedAt }: { readonly ended: boolean; readonly startedAt: number },
): ExchangeInit | FaultCode {
  const { fields, authority, path, plainPath } = head
  // Without a protocol, CONNECT asks for a proxy of another kind, and its target is no path.
  if (head.method === 'CONNECT' && head.protocol === '') return 'bad-target'
  const upgrade = upgradeOf(head)
  if (upgrade === undefined) return 'bad-method'
  const method = upgrade === '' ? head.method : 'GET'
  if (path.length > input.requestLineBytes) return 'request-line-too-long'
  // Most are plain, and spare the object.
  const target = plainPath ? undefined : parseTarget(path, method)
  if (target === undefined && !plainPath) return 'bad-target'
  const host = cachedHost(authority, input.client)
  if (host === undefined) return 'bad-host'
  const fault = checkExpectation(fields, 1) ?? countForwards(fields, method)
  if (fault !== undefined) return fault
  dropConfusing(fields)
  if (upgrade !== '') fields.set('Sec-WebSocket-Key', webSocketKey(input.freshId()))
  const clientAddress = setForwardingFields(fields, input.client, authority)
  return {
    method,
    scheme: input.client.scheme,
    authority,
    host,
    serverName: input.client.serverName,
    path: target?.path ?? path,
    query: target?.query ?? '',
    version: '2',
    requestHeaders: fields,
    clientAddress,
    startedAt,
    // What comes behind an extended CONNECT is the tunnel.
    hasBody: !ended && upgrade === '',
    bodyLength: ended || upgrade !== '' ? 0 : head.contentLength,
    upgrade,
    requestId: requestId(fields, input.freshId),
    forwardedHost: forwardedHost(input.client, authority),
    persistent: true,
  }
}

/**
 * What an extended CONNECT asks for, in the words of HTTP/1.1 (RFC 8441); empty for all other requests.
 * @returns undefined for methods that are not served.
 */
function upgradeOf({ method, protocol }: RequestHead): string | undefined {
  if (method === 'TRACE') return undefined
  if (method !== 'CONNECT') return ''
  return protocol.toLowerCase() === 'websocket' ? 'websocket' : undefined
}

/** HTTP/1.1 wants a nonce of 16 bytes, which HTTP/2 has no use for (RFC 8441 section 5). @param id 32 digits. */
function webSocketKey(id: string): string {
  return Buffer.from(id, 'hex').toString('base64')
}
