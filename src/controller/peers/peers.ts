/**
 * The other replicas: every second each tells all others small sums, and remembers what it was told. Sums are the state
 * of things and no changes of it, so a datagram that is lost or comes twice does no harm. Who is not heard of for a
 * while is as if it had said nothing; without others each replica works alone.
 */
import type { Clock } from '../../lib/clock.ts'
import { open, type PeerMessage, type Sums, seal, type Unreadable } from './message.ts'

const TELL_MS = 1_000
/** How long what a replica said is believed. */
const BELIEVED_MS = 5_000
/** How far the clocks of two replicas may be apart; what is older may have been recorded by somebody. */
const MOST_APART_MS = 30_000
/** What fits into any packet of the Internet (RFC 8200 section 5: 1280 bytes with all heads). */
const MOST_BYTES = 1_100

export interface PeerAddress {
  readonly address: string
  readonly port: number
}

/** Sends and receives datagrams. */
export interface PeerSocket {
  send(datagram: Buffer, to: PeerAddress): void
  /** Called for each that comes. */
  receive(take: (datagram: Buffer) => void): void
  close(): void
}

export interface PeerLog {
  warn(fields: object, message: string): void
}

export interface PeersInit {
  readonly clock: Clock
  readonly log: PeerLog
  readonly socket: PeerSocket
  /** Secret that all replicas know. */
  readonly key: Uint8Array
  /** What this replica calls itself; no other may be called so. */
  readonly self: string
  /** Where the others are, as known now. */
  readonly roster: () => readonly PeerAddress[]
  /** What the others are to know; asked before they are told. */
  readonly sums: () => Sums
  /** Called after each round. */
  readonly onRound: () => void
}

type Verdict = 'accepted' | 'stale' | Unreadable

interface Heard {
  /** When the sender said it, by its own clock. */
  at: number
  /** When it came, monotonic. */
  readonly sums: Map<string, { readonly values: readonly number[]; readonly heardAt: number }>
  heardAt: number
}

export class Peers {
  readonly #init: PeersInit
  readonly #heard = new Map<string, Heard>()
  /** Datagrams by what became of them. */
  readonly received: Record<Verdict, number> = { accepted: 0, stale: 0, stranger: 0, version: 0, malformed: 0 }
  readonly #stop: () => void

  constructor(init: PeersInit) {
    this.#init = init
    init.socket.receive((datagram) => this.#take(datagram))
    this.#stop = init.clock.every(TELL_MS, () => this.#round())
  }

  stop(): void {
    this.#stop()
    this.#init.socket.close()
  }

  /** Other replicas that should be there. */
  get known(): number {
    return this.#init.roster().length
  }

  /** Other replicas that were heard of lately. */
  get heard(): number {
    return this.#living().length
  }

  /** How much of what was said is kept. */
  get remembered(): number {
    return [...this.#heard.values()].reduce((sum, { sums }) => sum + sums.size, 0)
  }

  /** What the others said last under a name; those that said nothing under it are left out. */
  of(name: string): readonly (readonly number[])[] {
    const since = this.#init.clock.now() - BELIEVED_MS
    return this.#living().flatMap(({ sums }) => {
      const said = sums.get(name)
      return said !== undefined && said.heardAt > since ? [said.values] : []
    })
  }

  #round(): void {
    const { clock, key, self, socket, sums, roster, onRound } = this.#init
    const at = clock.wall()
    const addresses = roster()
    for (const part of inParts(sums())) {
      const datagram = seal(key, { from: self, at, sums: part })
      for (const address of addresses) socket.send(datagram, address)
    }
    this.#forget(clock.now() - BELIEVED_MS)
    onRound()
  }

  /** What was said too long ago, and who has said nothing since. */
  #forget(since: number): void {
    for (const [from, { heardAt, sums }] of this.#heard) {
      if (heardAt <= since) this.#heard.delete(from)
      for (const [name, said] of sums) if (said.heardAt <= since) sums.delete(name)
    }
  }

  #take(datagram: Buffer): void {
    const message = open(this.#init.key, datagram)
    const verdict = typeof message === 'string' ? message : this.#hear(message)
    this.received[verdict]++
    // Once is enough: somebody who wants to can send a million of them.
    if (verdict === 'accepted' || this.received[verdict] > 1) return
    this.#init.log.warn(
      { verdict },
      'a datagram on the port for replicas was not believed; the next ones are only counted',
    )
  }

  #hear({ from, at, sums }: PeerMessage): Verdict {
    const { clock, self } = this.#init
    if (from === self) return 'accepted'
    const known = this.#heard.get(from)
    if (Math.abs(at - clock.wall()) > MOST_APART_MS || (known !== undefined && at < known.at)) return 'stale'
    const heardAt = clock.now()
    const heard = known ?? { at, sums: new Map(), heardAt }
    heard.at = at
    heard.heardAt = heardAt
    for (const [name, values] of sums) heard.sums.set(name, { values, heardAt })
    this.#heard.set(from, heard)
    return 'accepted'
  }

  #living(): readonly Heard[] {
    const since = this.#init.clock.now() - BELIEVED_MS
    return [...this.#heard.values()].filter(({ heardAt }) => heardAt > since)
  }
}

/** At least one, so that a replica is heard of that has nothing to say. */
function* inParts(sums: Sums): Generator<Sums> {
  let part = new Map<string, readonly number[]>()
  let bytes = 0
  for (const [name, values] of sums) {
    const length = JSON.stringify([name, values]).length
    if (bytes + length > MOST_BYTES && part.size > 0) {
      yield part
      part = new Map()
      bytes = 0
    }
    part.set(name, values)
    bytes += length
  }
  yield part
}
