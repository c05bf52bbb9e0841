/** Kinds of values that only options of the command line have. */
import { LABEL, OBJECT_NAME as OBJECT } from '../controller/api/object-name.ts'
import { parseAddress } from '../lib/ip.ts'
import { commaSeparated, integer, type TextForm, text } from '../lib/schema.ts'

export const PORT = integer(0, 65_535)
export const PATH = text(/[^\0]+/, 'a path')
export const LOG_TARGET = text(/[^\0]+/, 'stdout, off or the path of a file')

export const ADDRESS: TextForm<string> = {
  expected: 'an IP address such as 127.0.0.1, 0.0.0.0 or ::',
  readText: (value) => parseAddress(value)?.text,
}

export const CLASS_NAME = text(
  /[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/,
  'a name of lower-case letters, digits, dashes and dots',
)

/** The value of a label, which may be empty: so it is where a Pod has no such label. */
export const ZONE = text(/([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?/, 'the name of a zone')

export const CONTROLLER_NAME = text(
  /[a-z0-9][-a-z0-9.]*\/[A-Za-z0-9][-A-Za-z0-9._/]*/,
  'a domain and a path such as example.com/ingress-controller',
)

export const SERVICE_PORT = text(new RegExp(`${LABEL}/${LABEL}:${LABEL}`), 'namespace/service:port such as shop/web:80')

export const NAMESPACE = text(new RegExp(LABEL), 'the name of a namespace')

const LIST_OF_NAMESPACES = commaSeparated(NAMESPACE)

/** Each once, and one at least: without any, all of them would be read, which an empty text hardly means. */
export const NAMESPACES: TextForm<readonly string[]> = {
  expected: LIST_OF_NAMESPACES.expected,
  readText: (text) => {
    const names = LIST_OF_NAMESPACES.readText(text)
    return names === undefined || names.length === 0 ? undefined : [...new Set(names)]
  },
}

/** An object of a namespace. */
export const OBJECT_NAME = text(new RegExp(OBJECT), 'namespace/name such as ingress/sluice')

/** Numbers and dots alone are an address, or a mistake. */
const HOST_NAME = text(new RegExp(`(?![\\d.]+$)${LABEL}(?:\\.${LABEL})*`), 'a host name')

/** Where clients find us, as it stands in a status. */
export const PUBLISHED_ADDRESSES = commaSeparated<string>({
  expected: 'an IP address or a host name',
  readText: (value) => parseAddress(value)?.text ?? HOST_NAME.readText(value),
})
