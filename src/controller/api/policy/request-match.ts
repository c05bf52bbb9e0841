/** Which requests something is for, as policies say it. */
import { addressRange, list, optional, text } from '../../../lib/schema.ts'
import { textMatches } from './text-match.ts'

/** Members of an object, all of which have to hold. */
export const REQUEST_MATCH = {
  methods: optional(list(text(/[A-Z]{1,32}/, 'a method such as POST'), { minItems: 1 }), 'Methods, one of them.'),
  headers: optional(textMatches('header field'), 'Fields of the request, all of them.'),
  cookies: optional(textMatches('cookie'), 'Cookies, all of them.'),
  query: optional(textMatches('parameter'), 'Parameters of the query, all of them.'),
  clients: optional(list(addressRange(), { minItems: 1 }), 'Ranges of addresses, one of which holds the client.'),
}

/** CEL: something is said. */
export const SAYS_SOMETHING = Object.keys(REQUEST_MATCH)
  .map((name) => `has(self.${name})`)
  .join(' || ')
