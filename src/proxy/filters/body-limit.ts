/** Refuses request bodies over a size: at once where the length is announced, in mid-body where it is not. */
import type { FilterSpec } from '../../model/filter.ts'
import { FAULTS } from '../faults.ts'
import type { Filter } from '../types.ts'

export function bodyLimit({ maxBytes }: Extract<FilterSpec, { kind: 'body-limit' }>): Filter {
  return {
    onRequest: (exchange) => {
      exchange.maxBodyBytes = maxBytes
      if (exchange.bodyLength <= maxBytes) return undefined
      return { status: FAULTS['body-too-large'].status, fault: 'body-too-large' }
    },
  }
}
