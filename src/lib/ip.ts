/** IP addresses as text: one spelling for each, what kind of address it is, and sets of ranges. */
import { BlockList, isIP } from 'node:net'

export type Family = 'IPv4' | 'IPv6'

export interface Address {
  /** The one spelling: IPv6 as RFC 5952 writes it, without brackets and without a zone. */
  readonly text: string
  readonly family: Family
}

/** An address, or `undefined` where the text is none. A zone (`fe80::1%eth0`) is not accepted. */
export function parseAddress(text: string): Address | undefined {
  const version = text.includes('%') ? 0 : isIP(text)
  if (version === 0) return undefined
  if (version === 4) return { text, family: 'IPv4' }
  return { text: new URL(`http://[${text}]`).hostname.slice(1, -1), family: 'IPv6' }
}

/** Where packets to an address can go; `global` is every address that is none of the others. */
export type Scope = 'loopback' | 'link-local' | 'unspecified' | 'multicast' | 'reserved' | 'global'

/** RFC 6890 and RFC 4291. An IPv4 address inside an IPv6 one (`::ffff:127.0.0.1`) counts as the IPv4 address. */
const SCOPES: readonly (readonly [Scope, readonly string[]])[] = [
  ['loopback', ['127.0.0.0/8', '::1/128']],
  ['link-local', ['169.254.0.0/16', 'fe80::/10']],
  ['unspecified', ['0.0.0.0/8', '::/128']],
  ['multicast', ['224.0.0.0/4', 'ff00::/8']],
  ['reserved', ['240.0.0.0/4']],
]

export function scopeOf(address: Address): Scope {
  if (!NOT_GLOBAL.has(address.text)) return 'global'
  return SCOPE_SETS.find(([, set]) => set.has(address.text))?.[0] ?? 'global'
}

/** Whether a number can be a TCP port that is connected to. */
export function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 65_535
}

/** A set of ranges in CIDR notation; a lone address is a range of one. */
export class CidrSet {
  readonly #ranges = new BlockList()

  /** @throws Error naming the first range that is none; see `isCidr`. */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) {
      const parsed = parseCidr(range)
      if (parsed === undefined) throw new Error(`expected a range such as 10.0.0.0/8 or fd00::/8, not ${range}`)
      this.#ranges.addSubnet(parsed.address.text, parsed.bits, blockListFamily(parsed.address.family))
    }
  }

  /** Whether an address lies in one of the ranges; false for text that is no address. */
  has(address: string): boolean {
    const version = isIP(address)
    return version !== 0 && this.#ranges.check(address, version === 4 ? 'ipv4' : 'ipv6')
  }
}

/** Whether text is a range in CIDR notation, or a lone address. */
export function isCidr(text: string): boolean {
  return parseCidr(text) !== undefined
}

function parseCidr(text: string): { readonly address: Address; readonly bits: number } | undefined {
  const [, host, length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const address = host === undefined ? undefined : parseAddress(host)
  if (address === undefined) return undefined
  const most = address.family === 'IPv4' ? 32 : 128
  const bits = length === undefined ? most : Number(length)
  return bits <= most ? { address, bits } : undefined
}

function blockListFamily(family: Family): 'ipv4' | 'ipv6' {
  return family === 'IPv4' ? 'ipv4' : 'ipv6'
}

const SCOPE_SETS = SCOPES.map(([scope, ranges]) => [scope, new CidrSet(ranges)] as const)
const NOT_GLOBAL = new CidrSet(SCOPES.flatMap(([, ranges]) => ranges))
