/**
 * What a load balancer says of a client before the client's own first byte: the PROXY protocol, versions 1 and 2 (The
 * PROXY protocol, W. Tarreau, 2020, https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt). Strict: who is trusted
 * to say it has to say it well. Bounded: the specification asks for 107 bytes of version 1 and 536 of version 2.
 */
import { isIPv4, isIPv6 } from 'node:net'
import { parseAddress } from '../../lib/ip.ts'
import type { Judgement } from './first-bytes.ts'

/** Where a connection comes from, and where it went to. */
export interface ProxiedConnection {
  readonly source: string
  readonly sourcePort: number
  readonly destinationPort: number
  /** Whether the client speaks TLS to the load balancer. */
  readonly encrypted: boolean
}

export type ProxyHeader =
  | ProxiedConnection
  /** The load balancer speaks for itself (a health check), or cannot say for whom. */
  | 'own'
  /** The bytes are something else. */
  | 'none'
  | 'malformed'

const SIGNATURE_1 = Buffer.from('PROXY ')
const SIGNATURE_2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const MOST_BYTES_1 = 107
const MOST_BYTES_2 = 4096
const HEADER_2 = 16
const VERSION_2 = 0x20
const LOCAL = 0
const PROXY = 1
const TLV_HEADER = 3
const TLV_CHECKSUM = 0x03
const TLV_SSL = 0x20
/** Set where the client spoke TLS. */
const CLIENT_SSL = 0x01
/** Sizes of two addresses and what else belongs to a family; the transport does not matter. */
const FAMILIES: ReadonlyMap<number, { readonly size: number; readonly bytes: number }> = new Map([
  [0x0, { size: 0, bytes: 0 }],
  [0x1, { size: 12, bytes: 4 }],
  [0x2, { size: 36, bytes: 16 }],
  [0x3, { size: 216, bytes: 0 }],
])

/** @param bytes all that came so far, one at least. */
export function readProxyHeader(bytes: Buffer): Judgement<ProxyHeader> {
  if (startsAlike(bytes, SIGNATURE_2)) return bytes.length < HEADER_2 ? { needs: HEADER_2 } : readVersion2(bytes)
  if (startsAlike(bytes, SIGNATURE_1)) return readVersion1(bytes)
  return { found: 'none', used: 0 }
}

/** Whether one is the beginning of the other. */
function startsAlike(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length)
  return bytes.compare(signature, 0, length, 0, length) === 0
}

const MALFORMED: Judgement<ProxyHeader> = { found: 'malformed', used: 0 }

function readVersion1(bytes: Buffer): Judgement<ProxyHeader> {
  const end = bytes.subarray(0, MOST_BYTES_1).indexOf('\r\n')
  if (end < 0) return bytes.length < MOST_BYTES_1 ? { needs: bytes.length + 1 } : MALFORMED
  const [, protocol, ...rest] = bytes.toString('latin1', 0, end).split(' ')
  const used = end + 2
  if (protocol === 'UNKNOWN') return { found: 'own', used }
  const [source = '', destination = '', sourcePort = '', destinationPort = '', ...more] = rest
  const isAddress = protocol === 'TCP4' ? isIPv4 : protocol === 'TCP6' ? isPlainIPv6 : () => false
  const good = isAddress(source) && isAddress(destination) && isPort(sourcePort) && isPort(destinationPort)
  if (!good || more.length > 0) return MALFORMED
  return {
    found: {
      source: parseAddress(source)!.text,
      sourcePort: Number(sourcePort),
      destinationPort: Number(destinationPort),
      encrypted: false,
    },
    used,
  }
}

function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%')
}

function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535
}

function readVersion2(bytes: Buffer): Judgement<ProxyHeader> {
  const command = bytes[12]! - VERSION_2
  const family = FAMILIES.get(bytes[13]! >> 4)
  const length = bytes.readUInt16BE(14)
  const used = HEADER_2 + length
  const isKnown = (command === LOCAL || command === PROXY) && family !== undefined && (bytes[13]! & 0xf) <= 2
  if (!isKnown || used > MOST_BYTES_2 || (command === PROXY && length < family.size)) return MALFORMED
  if (bytes.length < used) return { needs: used }
  if (command === LOCAL) return { found: 'own', used }
  const header = bytes.subarray(0, used)
  const extras = readExtras(header, HEADER_2 + family.size)
  if (extras === undefined) return MALFORMED
  if (family.bytes === 0) return { found: 'own', used }
  const source = addressOf(header.subarray(HEADER_2, HEADER_2 + family.bytes))
  const [sourcePort, destinationPort] = [4, 2].map((back) => header.readUInt16BE(HEADER_2 + family.size - back))
  return { found: { source, sourcePort: sourcePort!, destinationPort: destinationPort!, ...extras }, used }
}

/** What follows the addresses, type by type; `undefined` where it does not fit, or its checksum does not. */
function readExtras(header: Buffer, from: number): { readonly encrypted: boolean } | undefined {
  let encrypted = false
  for (let at = from; at < header.length; ) {
    if (at + TLV_HEADER > header.length) return undefined
    const start = at + TLV_HEADER
    const end = start + header.readUInt16BE(at + 1)
    if (end > header.length) return undefined
    const type = header[at]
    if (type === TLV_SSL) {
      // A byte of flags and four of a verdict on the client's certificate, at least.
      if (end - start < 5) return undefined
      encrypted = (header[start]! & CLIENT_SSL) !== 0
    }
    if (type === TLV_CHECKSUM && (end - start !== 4 || !isIntact(header, start))) return undefined
    at = end
  }
  return { encrypted }
}

/** CRC32c (RFC 4960 appendix B) of the header, with zeros in the place of the checksum itself. */
function isIntact(header: Buffer, at: number): boolean {
  let crc = 0xffffffff
  for (let i = 0; i < header.length; i++) {
    crc ^= i >= at && i < at + 4 ? 0 : header[i]!
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0 === header.readUInt32BE(at)
}

function addressOf(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16))
  return parseAddress(groups.join(':'))!.text
}
