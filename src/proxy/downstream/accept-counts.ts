/** What became of the connections of all listeners of a worker, since it began: a port that closes takes nothing of it away. */
import { Counts } from '../../lib/counts.ts'
import type { Sample } from '../metrics.ts'
import type { HandshakeResult } from './handshake.ts'
import { HandshakeStats } from './handshake-stats.ts'

export class AcceptCounts {
  #accepted = 0
  readonly #refused = new Counts()
  readonly #handshakes = new HandshakeStats()

  accepted(): void {
    this.#accepted++
  }

  /** @param limit which one it was over. */
  refused(limit: string): void {
    this.#refused.add(limit)
  }

  /** @param ms see `HandshakeStats`. */
  shook(result: HandshakeResult, ms: number): void {
    this.#handshakes.count(result, ms)
  }

  *samples(): Iterable<Sample> {
    yield ['sluice_connections_accepted', [], this.#accepted]
    for (const [[limit = ''], n] of this.#refused.entries) yield ['sluice_connections_refused', [limit], n]
    yield* this.#handshakes.samples()
  }
}
