/**
 * What one replica tells the others, as one datagram: a version, a seal, and small sums as JSON. Nothing behind the seal
 * is looked at before the seal is right (HMAC-SHA256, RFC 2104, over version and content).
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { isObject } from '../../lib/shape.ts'

const VERSION = 1
const SEAL_BYTES = 32
const HEAD_BYTES = 1 + SEAL_BYTES

export type Sums = ReadonlyMap<string, readonly number[]>

export interface PeerMessage {
  /** Who says it. */
  readonly from: string
  /** When, in milliseconds since the epoch. */
  readonly at: number
  readonly sums: Sums
}

/**
 * Why a datagram says nothing to us: `stranger`, it was not sealed with our key; `version`, somebody of ours who is older
 * or newer; `malformed`, sealed by our key and still nothing that can be read.
 */
export type Unreadable = 'stranger' | 'version' | 'malformed'

export function seal(key: Uint8Array, { from, at, sums }: PeerMessage): Buffer {
  const content = Buffer.from(JSON.stringify({ from, at, sums: Object.fromEntries(sums) }))
  const version = Buffer.of(VERSION)
  return Buffer.concat([version, sealOf(key, version, content), content])
}

export function open(key: Uint8Array, datagram: Buffer): PeerMessage | Unreadable {
  if (datagram.length <= HEAD_BYTES) return 'stranger'
  const [version, content] = [datagram.subarray(0, 1), datagram.subarray(HEAD_BYTES)]
  if (!timingSafeEqual(datagram.subarray(1, HEAD_BYTES), sealOf(key, version, content))) return 'stranger'
  if (version[0] !== VERSION) return 'version'
  return read(content.toString()) ?? 'malformed'
}

function sealOf(key: Uint8Array, version: Buffer, content: Buffer): Buffer {
  return createHmac('sha256', key).update(version).update(content).digest()
}

function read(text: string): PeerMessage | undefined {
  const value = parse(text)
  if (!isObject(value) || typeof value.from !== 'string' || !Number.isFinite(value.at)) return undefined
  if (!isObject(value.sums)) return undefined
  const sums = Object.entries(value.sums)
  if (!sums.every(([, values]) => Array.isArray(values) && values.every((each) => Number.isFinite(each))))
    return undefined
  return { from: value.from, at: value.at as number, sums: new Map(sums as [string, number[]][]) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
