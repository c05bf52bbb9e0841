/** What requests have in common that are to go to the same endpoint, as a number. */
import { hashText } from '../../lib/hash.ts'
import type { HashKey } from '../../model/cluster.ts'
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
  return ({ requestHeaders }) => cookie(requestHeaders.getAll('cookie'), name)
}

/** The first cookie of that name (RFC 6265 section 5.4 orders the most specific one first); empty where there is none. */
function cookie(lines: readonly string[], name: string): string {
  const start = `${name}=`
  const pairs = lines.flatMap((line) => line.split(';').map((pair) => pair.trim()))
  return pairs.find((pair) => pair.startsWith(start))?.slice(start.length) ?? ''
}
