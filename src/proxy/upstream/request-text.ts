/** The head of a request as it goes to an HTTP/1.1 endpoint. */
import type { Exchange } from '../exchange.ts'

const ID = 'X-Request-ID: '
/** The last forwarded host, and what it makes of the head: nearly every request repeats it. */
let lastHost = ''
let lastForwarded = ID

/**
 * V8 makes an object for each piece of text that is joined: what stands side by side is one piece.
 * @param authority stands in for the Host field that an HTTP/1.0 client may have left out.
 * @param asksFirst whether the body waits until the endpoint asks for it (RFC 9110 section 10.1.1).
 */
export function requestText(exchange: Exchange, authority: string, asksFirst: boolean): string {
  const { method, path, query, requestId, bodyLength, upgrade } = exchange
  const fields = exchange.requestHeaders.lines()
  const host = exchange.authority === '' ? `Host: ${authority}\r\n` : ''
  const forwarded = forwardedText(exchange.forwardedHost)
  const end = bodyLength >= 0 && upgrade === '' && !asksFirst ? '\r\n\r\n' : unusualEnd(exchange, asksFirst)
  return `${method} ${path}${query} HTTP/1.1\r\n${host}${fields}${forwarded}${requestId}${end}`
}

function forwardedText(host: string): string {
  if (host !== lastHost) {
    lastHost = host
    lastForwarded = host === '' ? ID : `X-Forwarded-Host: ${host}\r\n${ID}`
  }
  return lastForwarded
}

/** What comes behind the last field that all requests have. */
function unusualEnd({ bodyLength, upgrade }: Exchange, asksFirst: boolean): string {
  const framing = bodyLength < 0 ? 'Transfer-Encoding: chunked\r\n' : ''
  const expectation = asksFirst ? 'Expect: 100-continue\r\n' : ''
  const switching = upgrade === '' ? '' : `Upgrade: ${upgrade}\r\nConnection: Upgrade\r\n`
  return `\r\n${framing}${expectation}${switching}\r\n`
}
