/**
 * HSTS: answers by HTTPS tell browsers to come by nothing else from now on; never said in clear text (RFC 6797 section
 * 7.2). What the backend says itself is left as it is.
 */
import type { FilterSpec } from '../../model/filter.ts'
import type { Filter } from '../types.ts'
import { isSecure } from './https-redirect.ts'

const NAME = 'Strict-Transport-Security'

export function strictTransportSecurity({ value }: Extract<FilterSpec, { kind: 'strict-transport-security' }>): Filter {
  return {
    onResponse: (exchange) => {
      const headers = exchange.responseHeaders!
      if (isSecure(exchange) && headers.get(NAME.toLowerCase()) === undefined) headers.add(NAME, value)
    },
  }
}
