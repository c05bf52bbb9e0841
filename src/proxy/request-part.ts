/** A part of a request as policies name it: `client`, `path`, `header:NAME`. */
import type { RateKey } from '../model/rate-limit.ts'
import { cookieOf } from './cookie.ts'
import { claimOf } from './token-claim.ts'
import type { Asking } from './types.ts'

export type RequestPart = (exchange: Asking) => string

/** @returns a function, so that names are taken apart once and not for each request. */
export function requestPart(key: RateKey): RequestPart {
  if (key === 'client') return ({ clientAddress }) => clientAddress
  if (key === 'host') return ({ host }) => host
  if (key === 'path') return ({ path }) => path
  if (key === 'method') return ({ method }) => method
  const name = key.slice(key.indexOf(':') + 1)
  if (key.startsWith('header:')) return ({ requestHeaders }) => requestHeaders.getAll(name).join('\n')
  if (key.startsWith('claim:')) return ({ requestHeaders }) => claimOf(requestHeaders.get('authorization'), name) ?? ''
  return ({ requestHeaders }) => cookieOf(requestHeaders, name) ?? ''
}

/** Stands behind each part that is hashed: where parts end counts, or `ab` and `c` would be the same as `a` and `bc`. */
export const PART_END = '\n'
