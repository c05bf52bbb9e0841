/**
 * What an endpoint is told of a connection before its first byte: the PROXY protocol (W. Tarreau, 2020, see
 * `downstream/proxy-protocol.ts`), as far as it takes to say who connects and to where.
 */
import { isIPv4 } from 'node:net'

export interface Ends {
  readonly source: string
  readonly sourcePort: number
  readonly destination: string
  readonly destinationPort: number
}

const SIGNATURE_2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const VERSION_2_PROXY = 0x21
const TCP4 = 0x11
const TCP6 = 0x21

/** Where the two are not of one family, the destination is not told. */
export function proxyHeader(version: 'v1' | 'v2', ends: Ends): Buffer {
  const family = isIPv4(ends.source) ? 4 : 6
  const told =
    isIPv4(ends.destination) === (family === 4) ? ends : { ...ends, destination: family === 4 ? '0.0.0.0' : '::' }
  return version === 'v1' ? textHeader(family, told) : binaryHeader(family, told)
}

function textHeader(family: 4 | 6, { source, destination, sourcePort, destinationPort }: Ends): Buffer {
  return Buffer.from(`PROXY TCP${family} ${source} ${destination} ${sourcePort} ${destinationPort}\r\n`)
}

function binaryHeader(family: 4 | 6, { source, destination, sourcePort, destinationPort }: Ends): Buffer {
  const addresses = Buffer.concat([bytesOf(source), bytesOf(destination)])
  const rest = Buffer.alloc(4)
  rest.writeUInt16BE(sourcePort, 0)
  rest.writeUInt16BE(destinationPort, 2)
  const length = addresses.length + rest.length
  const head = Buffer.of(VERSION_2_PROXY, family === 4 ? TCP4 : TCP6, length >> 8, length & 0xff)
  return Buffer.concat([SIGNATURE_2, head, addresses, rest])
}

/** Of an address without a zone. */
function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [left = '', right] = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, embedded).split('::')
  const [head, tail] = [groupsOf(left), groupsOf(right ?? '')]
  const gap = right === undefined ? 0 : 8 - head.length - tail.length
  const bytes = Buffer.alloc(16)
  const groups = [...head, ...Array<number>(gap).fill(0), ...tail]
  for (const [i, group] of groups.entries()) bytes.writeUInt16BE(group, i * 2)
  return bytes
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}

/** `192.0.2.1` at the end of an IPv6 address, as two groups. */
function embedded(_: string, ...parts: readonly string[]): string {
  const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number)
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}
