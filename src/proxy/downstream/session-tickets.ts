/**
 * What session tickets are sealed with (RFC 5077 section 4): keys that workers and replicas share. OpenSSL asks here for
 * each ticket, so that one context opens what any of the keys has sealed, and who resumes a session gets another ticket
 * with it: browsers use each one once (RFC 8446 appendix C.4), and would need a full handshake every third time.
 *
 * The question is a private part of Node, which itself takes one key for a context and renews nothing. Where the part is
 * not there any more, that is what remains: the first key seals and opens.
 */
import type { SecureContext } from 'node:tls'
import { secretBytes } from '../../lib/random.ts'
import { TICKET_KEY_BYTES, TICKET_KEY_NAME_BYTES } from '../../model/tls.ts'

/** Of AES-128-CBC and HMAC-SHA256, as Node itself seals. */
const PART_BYTES = 16

/** What OpenSSL is told of a ticket: there is no key for it; it is good; it is good, and another one is to be given. */
const NO_KEY = 0
const GOOD = 1
const RENEWED = 2

interface TicketKey {
  /** Stands in the ticket, in clear text. */
  readonly name: Buffer
  readonly hmac: Buffer
  readonly aes: Buffer
}

/** What is said, and the key; its name and an initialisation vector count for new tickets alone. */
type Answer = readonly [verdict: number, hmac: Buffer, aes: Buffer, name: Buffer, iv: Buffer]

interface PrivateParts {
  readonly enableTicketKeyCallback?: () => void
  onticketkeycallback?: (name: Buffer, iv: Buffer, isNew: boolean) => Answer
}

export class SessionTickets {
  #first: Buffer = Buffer.alloc(TICKET_KEY_BYTES)
  #keys: readonly TicketKey[] = []

  /** @param keys of 48 secret bytes, one at least: the first seals, all open. */
  use(keys: readonly [Buffer, ...Buffer[]]): void {
    this.#first = keys[0]
    this.#keys = keys.map((key) => ({
      name: key.subarray(0, TICKET_KEY_NAME_BYTES),
      hmac: key.subarray(TICKET_KEY_NAME_BYTES, TICKET_KEY_NAME_BYTES + PART_BYTES),
      aes: key.subarray(TICKET_KEY_NAME_BYTES + PART_BYTES, TICKET_KEY_BYTES),
    }))
  }

  /** For the option of Node: holds as long as nobody asks. */
  get first(): Buffer {
    return this.#first
  }

  /** From now on tickets of this context are sealed and opened by what holds here at that moment. */
  attach({ context }: SecureContext): void {
    const parts = context as PrivateParts
    if (typeof parts.enableTicketKeyCallback !== 'function') return
    parts.onticketkeycallback = (name, iv, isNew) => (isNew ? this.#seal() : this.#open(name, iv))
    parts.enableTicketKeyCallback()
  }

  #seal(): Answer {
    const { name, hmac, aes } = this.#keys[0]!
    return [GOOD, hmac, aes, name, secretBytes(PART_BYTES)]
  }

  #open(name: Buffer, iv: Buffer): Answer {
    const known = this.#keys.find((key) => key.name.equals(name))
    const { hmac, aes } = known ?? this.#keys[0]!
    return [known === undefined ? NO_KEY : RENEWED, hmac, aes, name, iv]
  }
}
