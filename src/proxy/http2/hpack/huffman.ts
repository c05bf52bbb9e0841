/**
 * Huffman coding of strings (RFC 7541 section 5.2). Decoding walks a table of 256 states × 16, four bits a step: 16 KiB,
 * which stay in the nearest cache, where a table for whole bytes would have 256 KiB.
 */
import { CODE_BITS, CODES, EOS } from './huffman-code.ts'

/** In a step: a symbol is complete; the low byte of the upper half holds it. */
const EMITS = 0x100
/** In a step: end of string was spelled out, which is an error. */
const FAILS = 0x200

/** `state * 16 + nibble` → next state (bits 0-7), flags, symbol (bits 16-23). Filled below. */
const STEPS = new Uint32Array(256 * 16)
/** States in which a string may end: only ones since the last symbol, and less than eight of them. */
const MAY_END = new Uint8Array(256)

/** Nodes of the code tree: `[child for 0, child for 1]`; a child is a node, or a symbol as its complement (~). */
function treeOfCodes(): readonly (readonly number[])[] {
  const tree: number[][] = [[]]
  for (let symbol = 0; symbol <= EOS; symbol++) {
    let node = 0
    for (let bit = CODE_BITS[symbol]! - 1; bit > 0; bit--) {
      const way = (CODES[symbol]! >>> bit) & 1
      tree[node]![way] ??= tree.push([]) - 1
      node = tree[node]![way]!
    }
    tree[node]![CODES[symbol]! & 1] = ~symbol
  }
  return tree
}

const tree = treeOfCodes()
for (let state = 0; state < tree.length; state++) {
  for (let nibble = 0; nibble < 16; nibble++) STEPS[state * 16 + nibble] = stepOf(state, nibble)
}
for (let node: number | undefined = 0, ones = 0; ones < 8; ones++, node = tree[node]![1]!) MAY_END[node] = 1

function stepOf(state: number, nibble: number): number {
  let node = state
  let step = 0
  for (let bit = 3; bit >= 0; bit--) {
    const child = tree[node]![(nibble >>> bit) & 1]!
    if (child >= 0) node = child
    else if (~child === EOS) return FAILS
    else {
      step = EMITS | (~child << 16)
      node = 0
    }
  }
  return step | node
}

/**
 * Decodes `bytes[start, end)` into `out` from `at` on, which has room for 8/5 of the bytes.
 * @returns the end of what was written; -1 where the padding is wrong or end of string is spelled out.
 */
export function huffmanDecode(bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  let state = 0
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    const high = STEPS[(state << 4) | (byte >>> 4)]!
    if ((high & EMITS) !== 0) out[at++] = high >>> 16
    const low = STEPS[((high & 0xff) << 4) | (byte & 15)]!
    if ((low & EMITS) !== 0) out[at++] = low >>> 16
    if (((high | low) & FAILS) !== 0) return -1
    state = low & 0xff
  }
  return MAY_END[state] === 1 ? at : -1
}

/** Bytes that a Latin-1 text takes. */
export function huffmanLength(text: string): number {
  let bits = 0
  for (let i = 0; i < text.length; i++) bits += CODE_BITS[text.charCodeAt(i)]!
  return (bits + 7) >>> 3
}

/** Writes a Latin-1 text; the room was asked for. @returns the end of what was written. */
export function huffmanEncode(text: string, out: Uint8Array, at: number): number {
  let held = 0
  let bits = 0
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i)
    let length = CODE_BITS[symbol]!
    let code = CODES[symbol]!
    // At most 7 bits are held between symbols; codes of more than 24 bits go in two parts, to stay within 31.
    if (length > 24) {
      length -= 16
      held = (held << 16) | (code >>> length)
      out[at] = held >>> (bits + 8)
      out[at + 1] = held >>> bits
      at += 2
      held &= (1 << bits) - 1
      code &= (1 << length) - 1
    }
    held = (held << length) | code
    for (bits += length; bits >= 8; at++) {
      bits -= 8
      out[at] = held >>> bits
    }
    held &= (1 << bits) - 1
  }
  if (bits > 0) out[at++] = (held << (8 - bits)) | ((1 << (8 - bits)) - 1)
  return at
}
