/** The head of a request as it goes to an HTTP/2 endpoint. */
import type { Exchange } from '../exchange.ts'
import { isGrpc } from '../grpc.ts'
import type { ClientRequest } from '../http2/client.ts'
import type { H2Queue } from './h2-owner.ts'

/** The scheme is that of the connection: some servers refuse any other. */
export function requestHead(
  exchange: Exchange,
  { id, dialer }: Pick<H2Queue<unknown>, 'id' | 'dialer'>,
): ClientRequest {
  const { method, path, query, authority, requestHeaders, requestId, forwardedHost } = exchange
  const more: (readonly [string, string])[] = [['x-request-id', requestId]]
  if (forwardedHost !== '') more.push(['x-forwarded-host', forwardedHost])
  // Without it, servers of gRPC take us for a proxy that loses trailers.
  if (isGrpc(requestHeaders) && !requestHeaders.has('te')) more.push(['te', 'trailers'])
  return {
    ...{ method, scheme: dialer.scheme, path: path + query, protocol: '', sensitive: undefined },
    authority: authority === '' ? id : authority,
    fields: requestHeaders,
    more,
  }
}
