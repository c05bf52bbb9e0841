/** Host and port as a client names them (RFC 9110 section 7.2), judged strictly: everything else is refused. */
import { isIPv6 } from 'node:net'
import { HOST_NAME } from '../http1/chars.ts'

const COLON = 0x3a
const DOT = 0x2e
const MAX_NAME = 255

/**
 * The host of `host[:port]` in the form routes are matched with: lower case, no port, no trailing dot, IPv6
 * literals in brackets.
 * @returns undefined where the text is no authority.
 */
export function hostOf(authority: string): string | undefined {
  if (authority.charCodeAt(0) === 0x5b) return literalOf(authority)
  let end = 0
  let upper = false
  for (; end < authority.length; end++) {
    const code = authority.charCodeAt(end)
    if (HOST_NAME[code] !== 1) break
    if (code >= 0x41 && code <= 0x5a) upper = true
  }
  if (end === 0 || end > MAX_NAME || !isPort(authority, end)) return undefined
  const last = authority.charCodeAt(end - 1) === DOT ? end - 1 : end
  if (last === 0) return undefined
  const host = last === authority.length ? authority : authority.slice(0, last)
  return upper ? host.toLowerCase() : host
}

function literalOf(authority: string): string | undefined {
  const end = authority.indexOf(']')
  const address = authority.slice(1, end)
  if (end < 0 || address.includes('%') || !isIPv6(address) || !isPort(authority, end + 1)) return undefined
  return authority.slice(0, end + 1).toLowerCase()
}

/** Whether nothing, or a colon and a port of at most five digits, follows. */
function isPort(text: string, at: number): boolean {
  if (at === text.length) return true
  if (text.charCodeAt(at) !== COLON || text.length - at > 6) return false
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x30 || code > 0x39) return false
  }
  return text.length === at + 1 || Number(text.slice(at + 1)) <= 65_535
}
