/**
 * What a TLS client says first (RFC 8446 section 4.1.2), read before OpenSSL gets it: for whom it is decides on the
 * certificate, on the settings, and on whether it is for us at all. Strict, and of constant effort: whatever does not
 * fit is `unreadable`, and OpenSSL finds the words for it.
 */

export interface ClientHello {
  /** As it was sent (RFC 6066 section 3); empty where the client names no host. */
  readonly serverName: string
  readonly offers: Offers
}

/** What a client can do: lists of numbers of two bytes each, empty where it says nothing. */
export interface Offers {
  readonly ciphers: Buffer
  readonly versions: Buffer
  readonly groups: Buffer
  readonly signatures: Buffer
  /** By which certificates may be signed, where that differs. */
  readonly certificateSignatures: Buffer
}

/** A hello, why there is none, or how many bytes it takes at least before more can be said. */
export type HelloReading = ClientHello | 'unreadable' | 'too-long' | { readonly needs: number }

/** Of all records together: no client sends as much, not with keys of post-quantum algorithms either. */
export const MAX_HELLO_BYTES = 16 * 1024

const HANDSHAKE_RECORD = 22
const CLIENT_HELLO = 1
const RECORD_HEADER = 5
const MESSAGE_HEADER = 4
const MAX_RECORD = 2 ** 14
const HOST_NAME = 0
/** Types of extensions. */
const SERVER_NAME = 0
const GROUPS = 10
const SIGNATURES = 13
const VERSIONS = 43
const CERTIFICATE_SIGNATURES = 50

const NONE = Buffer.alloc(0)
/** Of a client of which nothing is known. */
export const NO_OFFERS: Offers = {
  ...{ ciphers: NONE, versions: NONE, groups: NONE, signatures: NONE, certificateSignatures: NONE },
}

/** @param bytes all that the client has sent so far. */
export function readClientHello(bytes: Buffer): HelloReading {
  const message = joinRecords(bytes)
  if (!(message instanceof Uint8Array)) return message
  const body = new Cursor(message)
  const version = body.u16()
  body.skip(32)
  body.skip(body.u8())
  const ciphers = body.bytes(body.u16())
  const compression = body.u8()
  body.skip(compression)
  if (version >> 8 !== 3 || ciphers.length === 0 || ciphers.length % 2 === 1 || compression === 0) return 'unreadable'
  const extensions = body.atEnd ? new Cursor(NONE) : body.block(body.u16())
  if (!body.atEnd) return 'unreadable'
  return readExtensions(extensions, ciphers)
}

/** The handshake message, which may come in any number of records (RFC 8446 section 5.1), without its header. */
function joinRecords(bytes: Buffer): Buffer | Exclude<HelloReading, ClientHello> {
  const parts: Buffer[] = []
  let have = 0
  let wanted = MESSAGE_HEADER
  for (let at = 0; have < wanted; ) {
    if (at + RECORD_HEADER > MAX_HELLO_BYTES) return 'too-long'
    if (at < bytes.length && bytes[at] !== HANDSHAKE_RECORD) return 'unreadable'
    if (at + RECORD_HEADER > bytes.length) return { needs: at + RECORD_HEADER }
    const length = bytes.readUInt16BE(at + 3)
    if (bytes[at + 1] !== 3 || length === 0 || length > MAX_RECORD) return 'unreadable'
    const end = at + RECORD_HEADER + length
    if (end > MAX_HELLO_BYTES) return 'too-long'
    if (end > bytes.length) return { needs: end }
    parts.push(bytes.subarray(at + RECORD_HEADER, end))
    const first = have < MESSAGE_HEADER
    have += length
    at = end
    if (!first || have < MESSAGE_HEADER) continue
    const header = Buffer.concat(parts)
    if (header[0] !== CLIENT_HELLO) return 'unreadable'
    wanted = MESSAGE_HEADER + header.readUIntBE(1, 3)
    if (wanted > MAX_HELLO_BYTES) return 'too-long'
  }
  // A client waits for an answer to its hello before it goes on.
  return have === wanted ? Buffer.concat(parts).subarray(MESSAGE_HEADER) : 'unreadable'
}

function readExtensions(all: Cursor, ciphers: Buffer): HelloReading {
  const seen = new Map<number, Cursor>()
  while (!all.atEnd) {
    const type = all.u16()
    const content = all.block(all.u16())
    if (all.failed || seen.has(type)) return 'unreadable'
    seen.set(type, content)
  }
  const named = seen.get(SERVER_NAME)
  const serverName = named === undefined ? '' : hostName(named)
  if (named?.failed === true) return 'unreadable'
  const offers: Offers = {
    ciphers,
    versions: numbers(seen.get(VERSIONS), 'short'),
    groups: numbers(seen.get(GROUPS)),
    signatures: numbers(seen.get(SIGNATURES)),
    certificateSignatures: numbers(seen.get(CERTIFICATE_SIGNATURES)),
  }
  return { serverName, offers }
}

/** A list behind its length; nothing where it is none, which OpenSSL complains of. */
function numbers(content: Cursor | undefined, length: 'long' | 'short' = 'long'): Buffer {
  if (content === undefined) return NONE
  const list = content.bytes(length === 'long' ? content.u16() : content.u8())
  return content.atEnd ? list : NONE
}

/** One name of the one kind there is. */
function hostName(content: Cursor): string {
  const names = content.block(content.u16())
  const kind = names.u8()
  const name = names.text(names.u16())
  content.expect(content.atEnd && names.atEnd && !names.failed && kind === HOST_NAME && name !== '')
  return name
}

/** Reads from the front; what is not there is 0 or empty, and `failed` says so. */
class Cursor {
  failed = false
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  /** Whether all was read, and nothing that was not there. */
  get atEnd(): boolean {
    return this.left === 0 && !this.failed
  }

  u8(): number {
    return this.#take(1)?.[0] ?? 0
  }

  u16(): number {
    return this.#take(2)?.readUInt16BE(0) ?? 0
  }

  skip(length: number): void {
    this.#take(length)
  }

  text(length: number): string {
    return this.bytes(length).toString('latin1')
  }

  bytes(length: number): Buffer {
    return this.#take(length) ?? NONE
  }

  block(length: number): Cursor {
    return new Cursor(this.bytes(length))
  }

  expect(isSo: boolean): void {
    if (!isSo) this.failed = true
  }

  #take(length: number): Buffer | undefined {
    this.expect(length <= this.left)
    if (this.failed) return undefined
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}
