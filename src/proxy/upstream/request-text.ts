/** The head of a request as it goes to an HTTP/1.1 endpoint. */
import type { Exchange } from '../exchange.ts'

/**
 * @param authority stands in for the Host field that an HTTP/1.0 client may have left out.
 * @param asksFirst whether the body waits until the endpoint asks for it (RFC 9110 section 10.1.1).
 */
export function requestText(exchange: Exchange, authority: string, asksFirst: boolean): string {
  const fields = exchange.requestHeaders.lines()
  const id = `X-Request-ID: ${exchange.requestId}\r\n`
  const forwarded = exchange.forwardedHost === '' ? '' : `X-Forwarded-Host: ${exchange.forwardedHost}\r\n`
  const host = exchange.authority === '' ? `Host: ${authority}\r\n` : ''
  const framing = exchange.bodyLength < 0 ? 'Transfer-Encoding: chunked\r\n' : ''
  const expectation = asksFirst ? 'Expect: 100-continue\r\n' : ''
  const upgrade = exchange.upgrade === '' ? '' : `Upgrade: ${exchange.upgrade}\r\nConnection: Upgrade\r\n`
  return `${exchange.method} ${exchange.path}${exchange.query} HTTP/1.1\r\n${host}${fields}${forwarded}${id}${framing}${expectation}${upgrade}\r\n`
}
