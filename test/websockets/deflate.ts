/** Messages that are compressed (RFC 7692), with and without what earlier ones left behind. */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'

const FLUSH = { finishFlush: constants.Z_SYNC_FLUSH }
/** What a flush ends with; it is left out on the wire (section 7.2.1). */
const TAIL = Buffer.from([0, 0, 0xff, 0xff])
const WINDOW = 32_768

/** One direction of one connection. */
export class MessageDeflate {
  readonly #takesOver: boolean
  #history = Buffer.alloc(0)

  constructor({ takesOver }: { readonly takesOver: boolean }) {
    this.#takesOver = takesOver
  }

  compress(message: Buffer): Buffer {
    const coded = deflateRawSync(message, { ...FLUSH, ...this.#dictionary })
    this.#remember(message)
    return coded.subarray(0, coded.length - TAIL.length)
  }

  /** @throws Error where it is no compressed message. */
  decompress(coded: Buffer): Buffer {
    const message = inflateRawSync(Buffer.concat([coded, TAIL]), { ...FLUSH, ...this.#dictionary })
    this.#remember(message)
    return message
  }

  get #dictionary() {
    return this.#history.length === 0 ? {} : { dictionary: this.#history }
  }

  #remember(message: Buffer): void {
    if (this.#takesOver) this.#history = Buffer.concat([this.#history, message]).subarray(-WINDOW)
  }
}

export interface Agreement {
  readonly serverTakesOver: boolean
  readonly clientTakesOver: boolean
  /** As the server says it. */
  readonly text: string
}

const PARAMETERS = ['server_no_context_takeover', 'client_no_context_takeover', 'client_max_window_bits']

/** What a server makes of offers (section 5.1): the first one it knows all parameters of, or nothing. */
export function agree(offers: string): Agreement | undefined {
  for (const offer of offers.split(',')) {
    const [name, ...parameters] = offer.split(';').map((part) => part.trim())
    if (name !== 'permessage-deflate' || parameters.some((each) => !PARAMETERS.includes(each))) continue
    const kept = parameters.filter((each) => each.endsWith('takeover'))
    return {
      serverTakesOver: !kept.includes('server_no_context_takeover'),
      clientTakesOver: !kept.includes('client_no_context_takeover'),
      text: [name, ...kept].join('; '),
    }
  }
  return undefined
}
