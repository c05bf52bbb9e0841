/** What requests have in common that are to go to the same endpoint, as a number. */
import { hashText } from '../../lib/hash.ts'
import type { HashKey } from '../../model/cluster.ts'
import { cookieOf } from '../cookie.ts'
import type { Exchange } from '../exchange.ts'

type Part = (exchange: Exchange) => string

/** @returns a function, so that names are taken apart once and not for each request. */
export function requestHash(keys: readonly HashKey[]): (exchange: Exchange) => number {
  const parts = keys.map(partOf)
  // The ends of parts count, or `ab` and `c` would be the same as `a` and `bc`.
  return (exchange) => parts.reduce((hash, part) => hashText(`${part(exchange)}\n`, hash), hashText(''))
}

function partOf(key: HashKey): Part {
  if (key === 'client') return ({ clientAddress }) => clientAddress
  if (key === 'path') return ({ path }) => path
  const name = key.slice(key.indexOf(':') + 1)
  if (key.startsWith('header:')) return ({ requestHeaders }) => requestHeaders.getAll(name).join('\n')
  return ({ requestHeaders }) => cookieOf(requestHeaders, name) ?? ''
}
