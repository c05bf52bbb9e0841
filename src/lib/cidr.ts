/** Sets of addresses by range, over node:net's BlockList. */
import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** Whether the text is `address/bits` or a single address. */
export function isRange(text: string): boolean {
  return splitRange(text) !== undefined
}

export class AddressSet {
  readonly #list = new BlockList()
  readonly empty: boolean

  /** @throws TypeError naming the range that is none; check with `isRange` what comes from users. */
  constructor(ranges: readonly string[]) {
    this.empty = ranges.length === 0
    for (const range of ranges) {
      const split = splitRange(range)
      if (split === undefined) throw new TypeError(`${range}: expected an IP address or range such as 10.0.0.0/8`)
      this.#list.addSubnet(split.address, split.bits, split.family)
    }
  }

  has(address: string): boolean {
    if (this.empty) return false
    if (isIPv4(address)) return this.#list.check(address, 'ipv4')
    return isIPv6(address) && this.#list.check(address, 'ipv6')
  }
}

function splitRange(text: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', bitsText, ...rest] = text.split('/')
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined
  if (family === undefined || rest.length > 0) return undefined
  const most = family === 'ipv4' ? 32 : 128
  if (bitsText === undefined) return { address, bits: most, family }
  if (!/^\d{1,3}$/.test(bitsText) || Number(bitsText) > most) return undefined
  return { address, bits: Number(bitsText), family }
}
