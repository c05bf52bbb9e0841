/** What a request is counted under, as two hashes that nobody outside can foresee. */
import { hashText } from '../../lib/hash.ts'
import { clientNetwork } from '../../lib/ip.ts'
import type { RateKey } from '../../model/rate-limit.ts'
import { cookieOf } from '../cookie.ts'
import type { Exchange } from '../exchange.ts'
import type { KeyHash } from '../shared/gcra-table.ts'

type Part = (exchange: Exchange) => string

/** Any other number would do as well: the second hash has to know nothing of the first. */
const MARK_SEED = 0x5bd1e995

/** @returns a function, so that names are taken apart once and not for each request. */
export function rateKey(keys: readonly RateKey[]): (exchange: Exchange, seed: number) => KeyHash {
  const parts = keys.map(partOf)
  const all = (exchange: Exchange, seed: number): number => {
    let hash = hashText('', seed)
    // The ends of parts count, or `ab` and `c` would be the same as `a` and `bc`.
    for (const part of parts) hash = hashText(`${part(exchange)}\n`, hash)
    return hash
  }
  return (exchange, seed) => ({ hash: all(exchange, seed), mark: all(exchange, seed ^ MARK_SEED) })
}

function partOf(key: RateKey): Part {
  if (key === 'client') return ({ clientAddress }) => clientNetwork(clientAddress)
  if (key === 'host') return ({ host }) => host
  if (key === 'path') return ({ path }) => path
  if (key === 'method') return ({ method }) => method
  const name = key.slice(key.indexOf(':') + 1)
  if (key.startsWith('header:')) return ({ requestHeaders }) => requestHeaders.getAll(name).join('\n')
  return ({ requestHeaders }) => cookieOf(requestHeaders, name) ?? ''
}
