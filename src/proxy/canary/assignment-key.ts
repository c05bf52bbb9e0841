/**
 * What a client is known by when its place among the variants is worked out. A request that does not show it goes by
 * its address: all of them under one key would be one client, with all of its traffic in one place.
 */
import type { AssignmentKey } from '../../model/canary.ts'
import { cookieOf } from '../cookie.ts'
import type { Exchange } from '../exchange.ts'
import { claimOf } from '../token-claim.ts'

type Known = Exclude<AssignmentKey, 'session'>

/** @returns a function, so that names are taken apart once and not for each request. */
export function assignmentKey(key: Known): (exchange: Exchange) => string {
  if (key === 'client') return ({ clientAddress }) => clientAddress
  const name = key.slice(key.indexOf(':') + 1)
  const read = reader(key, name)
  return (exchange) => read(exchange) || exchange.clientAddress
}

function reader(key: Known, name: string): (exchange: Exchange) => string | undefined {
  if (key.startsWith('header:')) return ({ requestHeaders }) => requestHeaders.get(name)
  if (key.startsWith('cookie:')) return ({ requestHeaders }) => cookieOf(requestHeaders, name)
  return ({ requestHeaders }) => claimOf(requestHeaders.get('authorization'), name)
}
