/** What became of the connections of all listeners of a worker, since it began: a port that closes takes nothing of it away. */
import { Counts } from '../../lib/counts.ts'
import type { Sample } from '../metrics.ts'
import type { HandshakeResult } from './handshake.ts'

export class AcceptCounts {
  #accepted = 0
  readonly #refused = new Counts()
  readonly #handshakes = new Counts()

  accepted(): void {
    this.#accepted++
  }

  /** @param limit which one it was over. */
  refused(limit: string): void {
    this.#refused.add(limit)
  }

  shook(result: HandshakeResult): void {
    this.#handshakes.add(result)
  }

  *samples(): Iterable<Sample> {
    yield ['sluice_connections_accepted', [], this.#accepted]
    for (const [[limit = ''], n] of this.#refused.entries) yield ['sluice_connections_refused', [limit], n]
    for (const [[result = ''], n] of this.#handshakes.entries) yield ['sluice_tls_handshakes', [result], n]
  }
}
