/** The head of a request as it goes to an HTTP/1.1 endpoint. */
import type { Exchange } from '../exchange.ts'

/** @param authority stands in for the Host field that an HTTP/1.0 client may have left out. */
export function requestText(exchange: Exchange, authority: string): string {
  const fields = exchange.requestHeaders.lines()
  const id = `X-Request-ID: ${exchange.requestId}\r\n`
  const forwarded = exchange.forwardedHost === '' ? '' : `X-Forwarded-Host: ${exchange.forwardedHost}\r\n`
  const host = exchange.authority === '' ? `Host: ${authority}\r\n` : ''
  const framing = exchange.bodyLength < 0 ? 'Transfer-Encoding: chunked\r\n' : ''
  const upgrade = exchange.upgrade === '' ? '' : `Upgrade: ${exchange.upgrade}\r\nConnection: Upgrade\r\n`
  return `${exchange.method} ${exchange.path}${exchange.query} HTTP/1.1\r\n${host}${fields}${forwarded}${id}${framing}${upgrade}\r\n`
}
