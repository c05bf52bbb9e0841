/** Writes DER (ITU-T X.690), as far as a certificate needs it: each function gives one encoded value. */
import { Buffer } from 'node:buffer'

const INTEGER = 0x02
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const OBJECT_ID = 0x06
const UTF8_STRING = 0x0c
const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18
const SEQUENCE = 0x30
const SET = 0x31
const CONTEXT = 0x80
const CONSTRUCTED = 0x20

export const sequence = (...parts: readonly Uint8Array[]): Buffer => encode(SEQUENCE, Buffer.concat(parts))
export const set = (...parts: readonly Uint8Array[]): Buffer => encode(SET, Buffer.concat(parts))
export const bitString = (bytes: Uint8Array): Buffer => encode(BIT_STRING, Buffer.concat([Buffer.of(0), bytes]))
export const octetString = (bytes: Uint8Array): Buffer => encode(OCTET_STRING, bytes)
export const utf8 = (text: string): Buffer => encode(UTF8_STRING, Buffer.from(text))

/** `[number]` with a value of another type inside. */
export const explicit = (number: number, value: Uint8Array): Buffer => encode(CONTEXT | CONSTRUCTED | number, value)

/** `[number]` in the place of a simple type's own tag. */
export const implicit = (number: number, bytes: Uint8Array): Buffer => encode(CONTEXT | number, bytes)

/** @param bytes of a number that is not negative, the highest first. */
export function integer(bytes: Uint8Array): Buffer {
  const isNegative = (bytes[0] ?? 0) >= 0x80
  return encode(INTEGER, isNegative || bytes.length === 0 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
}

/** @param dotted as in `2.5.4.3`. */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return encode(OBJECT_ID, Buffer.from([first * 40 + second, ...rest].flatMap(base128)))
}

/** @param at milliseconds since the epoch. Two digits for years before 2050 (RFC 5280 section 4.1.2.5). */
export function time(at: number): Buffer {
  const text = new Date(at).toISOString().replace(/\.\d+|[-:T]/g, '')
  return text < '2050' ? encode(UTC_TIME, Buffer.from(text.slice(2))) : encode(GENERALIZED_TIME, Buffer.from(text))
}

function encode(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content])
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length)
  const digits: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) digits.unshift(rest & 0xff)
  return Buffer.from([0x80 | digits.length, ...digits])
}

function base128(value: number): number[] {
  const digits = [value & 0x7f]
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift(0x80 | (rest & 0x7f))
  return digits
}
