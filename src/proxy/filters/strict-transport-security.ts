/**
 * HSTS: answers by HTTPS tell browsers to come by nothing else from now on; never said in clear text (RFC 6797 section
 * 7.2). What the backend says itself is left as it is.
 */
import type { FilterSpec } from '../../model/filter.ts'
import { FIELD_IDS } from '../field-names.ts'
import { HeaderList } from '../headers.ts'
import type { Filter } from '../types.ts'

const ID = FIELD_IDS['strict-transport-security']

export function strictTransportSecurity({ value }: Extract<FilterSpec, { kind: 'strict-transport-security' }>): Filter {
  const fields = new HeaderList()
  fields.add('Strict-Transport-Security', value)
  return {
    onResponse: (exchange) => {
      const headers = exchange.responseHeaders!
      if (exchange.isSecure && headers.value(ID) === undefined) headers.append(fields)
    },
  }
}
