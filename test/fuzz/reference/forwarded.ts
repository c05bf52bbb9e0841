/** What a request has to look like behind the proxy, told from what it looked like in front of it. */
import { type Place, placeOf, type Request } from './requests.ts'
import { elements, type Fields, isToken, values } from './syntax.ts'

export interface Trust {
  /** Whether the client is a trusted proxy, whose forwarding fields count. */
  readonly trusted: boolean
  readonly clientAddress: string
  readonly freshId: string
  /** What stands in for the host that an HTTP/1.0 client did not name. */
  readonly endpoint: string
}

const HOP = [
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'te', 'upgrade', 'http2-settings', 'proxy'],
]
const CLAIMS = [
  ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port', 'x-forwarded-scheme'],
  ...['x-forwarded-ssl', 'x-forwarded-server', 'x-forwarded-prefix', 'x-real-ip', 'forwarded'],
]
/** Fields of the proxy's own making, or that it may write anew: each is looked at by itself. */
const OURS = [...HOP, ...CLAIMS, 'host', 'content-length', 'expect', 'max-forwards', 'x-request-id']
const NEVER_IN_TRAILERS = [
  ...[
    'host',
    'content-length',
    'transfer-encoding',
    'connection',
    'te',
    'trailer',
    'upgrade',
    'expect',
    'authorization',
  ],
  ...[
    'cookie',
    'set-cookie',
    'content-type',
    'content-encoding',
    'content-range',
    'cache-control',
    'location',
    ...CLAIMS,
  ],
]

/** @returns what is wrong with `got`, which is what became of `sent`. */
export function whyNotForwarded(sent: Request, got: Request, trust: Trust): string | undefined {
  const place = placeOf(sent)!
  if (got.method !== sent.method) return `method ${got.method}`
  if (got.minor !== 1) return 'not HTTP/1.1'
  if (got.target !== place.path + place.query) return `target ${got.target}, expected ${place.path}${place.query}`
  if (got.content !== sent.content) return `content ${JSON.stringify(got.content)}`
  return (
    whyNotUntouched(sent, got) ??
    whyNotHost(sent, got, { place, trust }) ??
    whyNotOurs(sent, got, trust) ??
    whyNotTrailers(sent.trailers, got.trailers)
  )
}

/** Fields that are none of the proxy's business pass in their order, those that the client nominated do not. */
function whyNotUntouched(sent: Request, got: Request): string | undefined {
  const nominated = nominatedBy(sent.fields)
  const passing = sent.fields.filter(([name]) => !OURS.includes(name) && !nominated.has(name) && !name.includes('_'))
  const passed = got.fields.filter(([name]) => !OURS.includes(name))
  return same(passing, passed) ? undefined : `fields ${JSON.stringify(passed)}, expected ${JSON.stringify(passing)}`
}

function whyNotHost(sent: Request, got: Request, { place, trust }: { place: Place; trust: Trust }): string | undefined {
  const authority = place.authority ?? values(sent.fields, 'host')[0]
  if (!same(values(got.fields, 'host'), [authority ?? trust.endpoint])) return `Host ${values(got.fields, 'host')}`
  if (trust.trusted) return undefined
  const forwardedHost = values(got.fields, 'x-forwarded-host')
  return same(forwardedHost, authority === undefined ? [] : [authority])
    ? undefined
    : `X-Forwarded-Host ${forwardedHost}`
}

function whyNotOurs(sent: Request, got: Request, trust: Trust): string | undefined {
  const wanted = ownFields(sent, trust)
  for (const [name, expected] of Object.entries(wanted)) {
    const found = values(got.fields, name)
    if (!same(found, expected)) return `${name} ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`
  }
  const strange = HOP.find((name) => wanted[name] === undefined && values(got.fields, name).length > 0)
  if (strange !== undefined) return `${strange} went through`
  const missing = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-port', 'x-real-ip'].find(
    (name) => values(got.fields, name).length !== 1,
  )
  return missing === undefined ? undefined : `not one ${missing}`
}

/** The exact values of fields that the proxy writes. */
function ownFields({ method, minor, fields, framing }: Request, trust: Trust): Readonly<Record<string, string[]>> {
  const nominated = nominatedBy(fields)
  const kept = (name: string): string[] => (nominated.has(name) ? [] : values(fields, name))
  const forwards = kept('max-forwards')
  const id = kept('x-request-id')
  const upgrade = offeredProtocols(
    fields,
    minor === 1 && (framing === 'none' || (framing as { length?: number }).length === 0),
  )
  return {
    'content-length': typeof framing === 'object' ? [String(framing.length)] : [],
    'transfer-encoding': framing === 'chunked' ? ['chunked'] : [],
    expect: minor === 1 ? kept('expect') : [],
    'max-forwards': method === 'OPTIONS' ? forwards.map((value) => String(Number(value) - 1)) : forwards,
    'x-request-id': id.length === 1 && /^[A-Za-z0-9_.+/=:-]{1,128}$/.test(id[0]!) ? id : [trust.freshId],
    upgrade: upgrade === '' ? [] : [upgrade],
    connection: upgrade === '' ? [] : ['Upgrade'],
    ...(!trust.trusted && { 'x-forwarded-for': [trust.clientAddress], 'x-real-ip': [trust.clientAddress] }),
  }
}

/** What a client offers to switch to; never HTTP/2, which would carry requests past the proxy. */
export function offeredProtocols(fields: Fields, allowed: boolean): string {
  if (!allowed || !elements(fields, 'connection').includes('upgrade')) return ''
  const names = values(fields, 'upgrade')
    .flatMap((value) => value.split(','))
    .map((name) => name.replace(/^[ \t]+|[ \t]+$/g, ''))
  const wellFormed = names.filter((name) => name.split('/').length <= 2 && name.split('/').every(isToken))
  return wellFormed.filter((name) => !/^h2c?(\/|$)/i.test(name)).join(', ')
}

export function nominatedBy(fields: Fields): ReadonlySet<string> {
  const options = elements(fields, 'connection').filter(isToken)
  const kept = ['close', 'keep-alive', 'upgrade', 'host', 'content-length', 'transfer-encoding', 'connection']
  return new Set(options.filter((option) => !kept.includes(option)))
}

/** Nothing is added, nothing dangerous passes, and names that nobody has a reason to stop (`X-T...`) do. */
export function whyNotTrailers(sent: Fields, got: Fields): string | undefined {
  const bad = got.find(([name]) => NEVER_IN_TRAILERS.includes(name) || name.includes('_'))
  if (bad !== undefined) return `trailer ${bad[0]} went through`
  const harmless = (fields: Fields): Fields => fields.filter(([name]) => name.startsWith('x-t') && !name.includes('_'))
  if (!same(harmless(sent), harmless(got))) return `trailers ${JSON.stringify(got)}`
  const strange = got.find((field) => !sent.some((other) => same(field, other)))
  return strange === undefined ? undefined : `trailer ${strange[0]} came out of nowhere`
}

export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
