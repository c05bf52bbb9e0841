/** IP addresses as text: one spelling for each, and what kind of address it is. */
import { isIP } from 'node:net'
import { AddressSet } from './cidr.ts'

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

/**
 * What stands for a client that is counted: the first bits of its address. Whoever has one address of an IPv6 /64 has
 * all of them (RFC 6177), and would otherwise be as many clients as it likes.
 * @param address as `parseAddress` spells it.
 */
export function networkOf(address: string, { ipv4, ipv6 }: { readonly ipv4: number; readonly ipv6: number }): string {
  if (address.includes(':')) return groupsOf(address, ipv6)
  if (ipv4 === 32) return address
  const bits = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
  return String(Math.floor(bits / 2 ** (32 - ipv4)))
}

/** The same as people write it: the address itself, or `203.0.113.0/24`, `2001:db8:1:2::/64`. */
export function showNetwork(address: string, { ipv4, ipv6 }: { readonly ipv4: number; readonly ipv6: number }): string {
  if (address.includes(':')) {
    const groups = groupsOf(address, ipv6)
    return ipv6 === 128 ? address : `${groups}${ipv6 > 112 ? '' : '::'}/${ipv6}`
  }
  if (ipv4 === 32) return address
  const bits = Number(networkOf(address, { ipv4, ipv6 })) * 2 ** (32 - ipv4)
  return `${[24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join('.')}/${ipv4}`
}

/** The groups of an IPv6 address that these bits reach into, the last one cut. */
function groupsOf(address: string, bits: number): string {
  const whole = bits % 16 === 0 ? wholeGroupsOf(address, bits / 16) : undefined
  if (whole !== undefined) return whole
  const [head = '', tail] = address.split('::')
  const before = head === '' ? [] : head.split(':')
  const behind = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - behind.length) }, () => '0')
  const groups = [...before, ...zeros, ...behind].slice(0, Math.ceil(bits / 16))
  const cut = (16 - (bits % 16)) % 16
  if (cut > 0) groups.push(((Number.parseInt(groups.pop()!, 16) >> cut) << cut).toString(16))
  return groups.join(':')
}

/** The address of a socket, an IPv4 one in its own notation also where the socket speaks IPv6. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address
}

const COLON = 58
/** What follows other groups, by how many zeros it is. */
const ZEROS = Array.from({ length: 8 }, (_, count) => ':0'.repeat(count))

/**
 * The first groups, without taking the address apart, since this is asked for every request that is limited.
 * @returns undefined where it is not so simple: the gap is at the start, or what follows it counts as well.
 */
function wholeGroupsOf(address: string, wanted: number): string | undefined {
  const gap = address.indexOf('::')
  if (gap === 0) return undefined
  const end = gap < 0 ? address.length : gap
  let before = 1
  for (let at = 0; at < end; at++) {
    if (address.charCodeAt(at) === COLON && before++ === wanted) return address.slice(0, at)
  }
  if (before === wanted) return address.slice(0, end)
  if (gap < 0) return undefined
  let behind = gap + 2 === address.length ? 0 : 1
  for (let at = gap + 2; at < address.length; at++) if (address.charCodeAt(at) === COLON) behind++
  return 8 - behind >= wanted ? address.slice(0, gap) + ZEROS[wanted - before] : undefined
}

const SCOPE_SETS = SCOPES.map(([scope, ranges]) => [scope, new AddressSet(ranges)] as const)
const NOT_GLOBAL = new AddressSet(SCOPES.flatMap(([, ranges]) => ranges))
