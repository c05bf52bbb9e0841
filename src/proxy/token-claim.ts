/** What a token says of who shows it. */
import { Buffer } from 'node:buffer'
import { isObject } from '../lib/shape.ts'

/** Longer ones are not taken apart. */
const LONGEST_TOKEN = 8_192

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
