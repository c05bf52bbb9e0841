/** Hosts as an Ingress may write them. */
import { parseAddress } from '../../lib/ip.ts'
import { quote } from '../../lib/schema.ts'
import type { HostPattern } from '../../model/route.ts'

export const ANY_HOST = '*' as HostPattern

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const LONGEST = 253

export type ParsedHost = { readonly host: HostPattern } | { readonly complaint: string }

/** An exact host, a wildcard of one label, or none at all (RFC 1123, as the API server checks it). */
export function parseHost(text: string | undefined): ParsedHost {
  if (text === undefined || text === '') return { host: ANY_HOST }
  const expected = expectation(text)
  return expected === undefined ? { host: text as HostPattern } : { complaint: `${quote(text)}: ${expected}` }
}

/** Whether text is a host name: what DNS can be asked for. */
export function isHostName(text: string): boolean {
  return (
    text.length <= LONGEST && text.split('.').every((label) => LABEL.test(label)) && parseAddress(text) === undefined
  )
}

/** Whether a pattern covers a host: equal, or a wildcard in place of its first label. */
export function covers(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith('*.') && pattern.slice(1) === host.slice(host.indexOf('.')))
}

function expectation(text: string): string | undefined {
  if (text === '*') return 'expected a host name; for all hosts leave the field out'
  if (parseAddress(text.replace(/^\[|\]$/g, '')) !== undefined) return 'expected a host name, not an IP address'
  if (/[A-Z]/.test(text)) return 'expected a host name in lower case'
  if (text.endsWith('.')) return 'expected a host name without a dot at its end'
  if (/:\d*$/.test(text)) return 'expected a host name without a port'
  if (text.length > LONGEST) return `expected a host name of at most ${LONGEST} characters`
  const wildcard = text.startsWith('*.')
  if (!wildcard && text.includes('*')) return 'expected "*" only as the whole first label, as in *.example.com'
  if (isHostName(wildcard ? text.slice(2) : text)) return undefined
  return 'expected labels of lower-case letters, digits and "-", from 1 to 63 each, with dots between them'
}
