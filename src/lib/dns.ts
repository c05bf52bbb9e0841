/** Names to addresses, with the time each answer may be believed. */
import { promises as dns } from 'node:dns'

export interface DnsAnswer {
  readonly address: string
  readonly ttlSeconds: number
}

/**
 * All IPv4 and IPv6 addresses of a host name; never empty.
 * @throws Error whose message says why there is none.
 */
export type DnsLookup = (host: string) => Promise<readonly DnsAnswer[]>

const TRY_MS = 2_000
const TRIES = 2

interface AddressRecord {
  readonly address: string
  readonly ttl: number
}

/** The part of a resolver of `node:dns` that is used here. */
export interface AddressResolver {
  resolve4(host: string, options: { readonly ttl: true }): Promise<readonly AddressRecord[]>
  resolve6(host: string, options: { readonly ttl: true }): Promise<readonly AddressRecord[]>
}

/** Asks the resolvers of the system, and only them: no hosts file and no search domains, since a name is absolute. */
export function systemLookup(): DnsLookup {
  return lookupBy(new dns.Resolver({ timeout: TRY_MS, tries: TRIES }))
}

/**
 * Both families in one answer. A family without records is normal; one that could not be asked fails the whole
 * lookup, since half of an answer would drop endpoints that are well.
 */
export function lookupBy(resolver: AddressResolver): DnsLookup {
  return async (host) => {
    const families = [resolver.resolve4(host, { ttl: true }), resolver.resolve6(host, { ttl: true })]
    const answers = await Promise.all(families.map((family) => family.catch(emptyIfNoData)))
    const records = answers.flat()
    if (records.length === 0) throw new Error(`${host} has no addresses`)
    return records.map(({ address, ttl }) => ({ address, ttlSeconds: ttl }))
  }
}

function emptyIfNoData(error: unknown): readonly AddressRecord[] {
  if (error instanceof Error && 'code' in error && error.code === 'ENODATA') return []
  throw error
}
