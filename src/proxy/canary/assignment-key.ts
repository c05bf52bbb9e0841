/**
 * What a client is known by when its place among the variants is worked out. A request that does not show it goes by
 * its address: all of them under one key would be one client, with all of its traffic in one place.
 */
import { Buffer } from 'node:buffer'
import { isObject } from '../../lib/shape.ts'
import type { AssignmentKey } from '../../model/canary.ts'
import { cookieOf } from '../cookie.ts'
import type { Exchange } from '../exchange.ts'

type Known = Exclude<AssignmentKey, 'session'>

/** Longer ones are not taken apart. */
const LONGEST_TOKEN = 8_192

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

/**
 * A claim of a JSON web token (RFC 7519) in `Authorization: Bearer`. Its signature is not looked at: whoever wants to can
 * write what they like.
 */
export function claimOf(authorization: string | undefined, name: string): string | undefined {
  if (authorization === undefined || authorization.length > LONGEST_TOKEN) return undefined
  const [, payload] = /^Bearer +[\w-]+\.([\w-]+)\.[\w-]*$/i.exec(authorization) ?? []
  if (payload === undefined) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    const claim = isObject(claims) && Object.hasOwn(claims, name) ? claims[name] : undefined
    return typeof claim === 'string' || typeof claim === 'number' ? String(claim) : undefined
  } catch {
    return undefined
  }
}
