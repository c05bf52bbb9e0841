/**
 * How many TLS handshakes one worker begins in a second, in all and for one client: they are what costs most for those
 * who connect least. Off unless asked for: a limit is also a way to keep others out.
 */
import { hashText } from '../../lib/hash.ts'
import { type Random, randomSeed } from '../../lib/random.ts'
import type { ProxySettings } from '../../model/settings.ts'
import { GcraTable, gcraMemory, type RateSpec } from '../shared/gcra-table.ts'

type Limits = Pick<ProxySettings['limits'], 'handshakes' | 'handshakesPerClient'>

/** Clients at a time that are told apart; it costs 150 KiB. */
const CLIENTS = 8192
const ALL = { hash: 0, mark: 1 }

export class HandshakeLimits {
  readonly #now: () => number
  /** Nobody can choose an address that counts as that of another. */
  readonly #seeds: readonly [number, number]
  #limits: Limits = { handshakes: 0, handshakesPerClient: 0 }
  #all: GcraTable | undefined
  #clients: GcraTable | undefined

  constructor(now: () => number, random: Random) {
    this.#now = now
    this.#seeds = [randomSeed(random), randomSeed(random)]
  }

  /** Takes room for one. @returns the limit that has none. */
  exceeded(limits: Limits, address: string): 'handshakes' | 'handshakes-per-client' | undefined {
    if (limits !== this.#limits) this.#configure(limits)
    const now = this.#now()
    const [first, second] = this.#seeds
    const client = this.#clients && { hash: hashText(address, first), mark: hashText(address, second) }
    if (client !== undefined && this.#clients!.take(client, now) > 0) return 'handshakes-per-client'
    return this.#all !== undefined && this.#all.take(ALL, now) > 0 ? 'handshakes' : undefined
  }

  #configure(limits: Limits): void {
    const { handshakes, handshakesPerClient } = this.#limits
    if (limits.handshakes !== handshakes) this.#all = this.#table(limits.handshakes, 1)
    if (limits.handshakesPerClient !== handshakesPerClient) {
      this.#clients = this.#table(limits.handshakesPerClient, CLIENTS)
    }
    this.#limits = limits
  }

  #table(perSecond: number, keys: number): GcraTable | undefined {
    if (perSecond === 0) return undefined
    const rate: RateSpec = { requests: perSecond, perMs: 1000, burst: perSecond }
    return new GcraTable(gcraMemory(keys, rate, this.#now()), rate)
  }
}
