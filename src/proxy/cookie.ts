/** Cookies: reading one of a request (RFC 6265 section 5.4), writing one of our own (section 4.1). */
import { Buffer } from 'node:buffer'
import type { Random } from '../lib/random.ts'
import type { HeaderList } from './headers.ts'

/** 96 bits as they stand in a cookie. */
export const SESSION_ID_LENGTH = 16

/** The first one of that name, which is the most specific one; `undefined` where there is none. */
export function cookieOf(fields: HeaderList, name: string): string | undefined {
  const start = `${name}=`
  for (const line of fields.getAll('cookie')) {
    for (const pair of line.split(';')) {
      const trimmed = pair.trim()
      if (trimmed.startsWith(start)) return trimmed.slice(start.length)
    }
  }
  return undefined
}

export interface OwnCookie {
  readonly name: string
  readonly value: string
  readonly path: string
  /** Seconds; absent, until the browser is closed. */
  readonly maxAgeS?: number | undefined
  readonly sameSite: 'Strict' | 'Lax' | 'None'
}

/** What `Set-Cookie` says; `SameSite` as browsers have it (RFC 6265bis). Scripts have no business with it. */
export function setCookie({ name, value, path, maxAgeS, sameSite }: OwnCookie, scheme: 'http' | 'https'): string {
  const age = maxAgeS === undefined ? '' : `; Max-Age=${maxAgeS}`
  // A browser takes `SameSite=None` only along with `Secure`.
  const secure = scheme === 'https' ? '; Secure' : ''
  return `${name}=${value}; Path=${path}${age}; HttpOnly${secure}; SameSite=${sameSite}`
}

/** What tells one client from all others. */
export function newSessionId(random: Random): string {
  const bytes = Uint8Array.from({ length: (SESSION_ID_LENGTH * 6) / 8 }, () => Math.floor(random() * 256))
  return Buffer.from(bytes).toString('base64url')
}

/** Whether a client may have got it from us. */
export function isSessionId(text: string): boolean {
  return text.length === SESSION_ID_LENGTH
}
