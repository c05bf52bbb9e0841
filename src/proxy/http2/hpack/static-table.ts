/** The static table of RFC 7541 appendix A. */
import { classOfName } from '../field-kind.ts'
import { Field } from './field.ts'

/** Name, or name and value; the position is the index, from 1. */
const ENTRIES = [
  ':authority',
  ':method: GET',
  ':method: POST',
  ':path: /',
  ':path: /index.html',
  ':scheme: http',
  ':scheme: https',
  ':status: 200',
  ':status: 204',
  ':status: 206',
  ':status: 304',
  ':status: 400',
  ':status: 404',
  ':status: 500',
  'accept-charset',
  'accept-encoding: gzip, deflate',
  'accept-language',
  'accept-ranges',
  'accept',
  'access-control-allow-origin',
  'age',
  'allow',
  'authorization',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'etag',
  'expect',
  'expires',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'link',
  'location',
  'max-forwards',
  'proxy-authenticate',
  'proxy-authorization',
  'range',
  'referer',
  'refresh',
  'retry-after',
  'server',
  'set-cookie',
  'strict-transport-security',
  'transfer-encoding',
  'user-agent',
  'vary',
  'via',
  'www-authenticate',
] as const

export const STATIC_SIZE = ENTRIES.length

/** Fields by index; 0 is none. */
export const STATIC_FIELDS: readonly (Field | undefined)[] = [undefined, ...ENTRIES.map(fieldOf)]

/** Index of each name's first entry. */
export const STATIC_NAMES: ReadonlyMap<string, number> = new Map(
  ENTRIES.map((entry, i) => [splitOf(entry)[0], i + 1] as const).reverse(),
)

/** Index of each entry that has a value, by `name: value`. */
export const STATIC_VALUES: ReadonlyMap<string, number> = new Map(
  ENTRIES.flatMap((entry, i) => (entry.includes(': ') ? [[entry, i + 1] as const] : [])),
)

function fieldOf(entry: string): Field {
  const [name, value] = splitOf(entry)
  const bytes = Buffer.from(name)
  const nameClass = classOfName(bytes, 0, bytes.length)
  return new Field(`${name}: ${value}\r\n`, name.length, nameClass, nameClass)
}

function splitOf(entry: string): [name: string, value: string] {
  const colon = entry.indexOf(': ')
  return colon < 0 ? [entry, ''] : [entry.slice(0, colon), entry.slice(colon + 2)]
}
