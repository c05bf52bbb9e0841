/** What requests have in common that are to go to the same endpoint, as a number. */
import { hashText } from '../../lib/hash.ts'
import type { HashKey } from '../../model/cluster.ts'
import { PART_END, requestPart } from '../request-part.ts'
import type { Asking } from '../types.ts'

export function requestHash(keys: readonly HashKey[]): (exchange: Asking) => number {
  const parts = keys.map(requestPart)
  return (exchange) => {
    let hash = hashText('')
    for (const part of parts) hash = hashText(PART_END, hashText(part(exchange), hash))
    return hash
  }
}
