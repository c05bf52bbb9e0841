/**
 * A server by the book (RFC 6455): it sends every message back, answers pings and close frames, and ends what breaks a
 * rule with the code that the RFC has for it. What it says depends on nothing but the frames it gets, in their order.
 */
import { type Agreement, MessageDeflate } from './deflate.ts'
import { type Frame, frame, OPCODE, uint16 } from './frames.ts'

const PROTOCOL_ERROR = 1002
const INVALID_PAYLOAD = 1007
const COMPRESSED = 4
const MOST_CONTROL_BYTES = 125
const UTF8 = new TextDecoder('utf-8', { fatal: true })

export class Echo {
  readonly #send: (bytes: Buffer) => void
  readonly #inbound: MessageDeflate | undefined
  readonly #outbound: MessageDeflate | undefined
  #message: { readonly opcode: number; readonly isCompressed: boolean; readonly parts: Buffer[] } | undefined
  /** A close frame went out: nothing more is said, and nothing more is read. */
  isOver = false

  constructor(send: (bytes: Buffer) => void, agreement: Agreement | undefined) {
    this.#send = send
    if (agreement === undefined) return
    this.#inbound = new MessageDeflate({ takesOver: agreement.clientTakesOver })
    this.#outbound = new MessageDeflate({ takesOver: agreement.serverTakesOver })
  }

  take(received: Frame): void {
    const code = this.#faultOf(received)
    if (code !== undefined) this.#close(uint16(code))
    else if (received.opcode === OPCODE.ping) this.#say(OPCODE.pong, received.payload)
    else if (received.opcode === OPCODE.close) this.#close(received.payload)
    else if (received.opcode !== OPCODE.pong) this.#collect(received)
  }

  #faultOf({ fin, rsv, opcode, isMasked, wide, payload }: Frame): number | undefined {
    const isControl = opcode >= 8
    const mayBeCompressed = this.#inbound !== undefined && (opcode === OPCODE.text || opcode === OPCODE.binary)
    const isKnown = opcode <= OPCODE.binary || (isControl && opcode <= OPCODE.pong)
    const isShortest = wide === 0 || payload.length >= (wide === 2 ? 126 : 65_536)
    if (!isMasked || !isKnown || !isShortest) return PROTOCOL_ERROR
    if (rsv !== 0 && !(rsv === COMPRESSED && mayBeCompressed)) return PROTOCOL_ERROR
    if (opcode === OPCODE.close) return closeFault(payload, fin)
    if (isControl) return fin && payload.length <= MOST_CONTROL_BYTES ? undefined : PROTOCOL_ERROR
    return (opcode === OPCODE.continuation) === (this.#message !== undefined) ? undefined : PROTOCOL_ERROR
  }

  #collect({ opcode, rsv, fin, payload }: Frame): void {
    this.#message ??= { opcode, isCompressed: rsv === COMPRESSED, parts: [] }
    this.#message.parts.push(payload)
    if (!fin) return
    const { parts, isCompressed, opcode: kind } = this.#message
    this.#message = undefined
    try {
      const whole = Buffer.concat(parts)
      const message = isCompressed ? this.#inbound!.decompress(whole) : whole
      if (kind === OPCODE.text) UTF8.decode(message)
      this.#echo(kind, message)
    } catch {
      this.#close(uint16(INVALID_PAYLOAD))
    }
  }

  #echo(opcode: number, message: Buffer): void {
    if (this.#outbound === undefined) this.#say(opcode, message)
    else this.#say(opcode, this.#outbound.compress(message), COMPRESSED)
  }

  #say(opcode: number, payload: Buffer, rsv = 0): void {
    this.#send(frame({ opcode, payload, rsv, key: 'none' }))
  }

  #close(payload: Buffer): void {
    this.#say(OPCODE.close, payload)
    this.isOver = true
  }
}

/** Codes that may be sent: those of section 7.4.1 and what IANA added, and those of libraries and applications. */
function isCode(code: number): boolean {
  const isRegistered = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)
  return isRegistered || (code >= 3000 && code <= 4999)
}

function closeFault(payload: Buffer, fin: boolean): number | undefined {
  if (!fin || payload.length === 1 || payload.length > MOST_CONTROL_BYTES) return PROTOCOL_ERROR
  if (payload.length === 0) return undefined
  if (!isCode(payload.readUInt16BE())) return PROTOCOL_ERROR
  try {
    UTF8.decode(payload.subarray(2))
    return undefined
  } catch {
    return INVALID_PAYLOAD
  }
}
