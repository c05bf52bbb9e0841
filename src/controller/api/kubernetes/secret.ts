/** Secret and ConfigMap, `v1`. */
import { Buffer } from 'node:buffer'
import { mapOf, object, optional, type Read, text } from '../../../lib/shape.ts'
import type { Identified } from './metadata.ts'

export const SECRET = object({ type: optional(text), data: mapOf(text), stringData: mapOf(text) })
export type Secret = Identified & { readonly kind: 'Secret' } & Read<typeof SECRET>

export const CONFIG_MAP = object({ data: mapOf(text), binaryData: mapOf(text) })
export type ConfigMap = Identified & { readonly kind: 'ConfigMap' } & Read<typeof CONFIG_MAP>

const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/

/**
 * One value of a Secret: `stringData` over `data`, as the API server merges them.
 * `undefined` where there is none; `'garbled'` where it is not base64.
 */
export function secretValue(secret: Secret, key: string): Buffer | 'garbled' | undefined {
  const plain = secret.stringData.get(key)
  if (plain !== undefined) return Buffer.from(plain)
  const encoded = secret.data.get(key)
  if (encoded === undefined) return undefined
  return BASE64.test(encoded) ? Buffer.from(encoded, 'base64') : 'garbled'
}
