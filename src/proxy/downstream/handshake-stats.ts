/** What became of TLS handshakes, and how long those took that came to their end. */
import { Counts } from '../../lib/counts.ts'
import { Histogram } from '../../lib/histogram.ts'
import { FAMILIES, type Sample } from '../metrics.ts'
import type { HandshakeResult } from './handshake.ts'

const BOUNDS = FAMILIES.sluice_tls_handshake_duration_seconds.buckets

export class HandshakeStats {
  readonly #results = new Counts()
  readonly #seconds = new Map<HandshakeResult, Histogram>()

  /** @param ms from the accept on, the client's own part included. */
  count(result: HandshakeResult, ms: number): void {
    this.#results.add(result)
    if (result !== 'full' && result !== 'resumed') return
    this.#seconds.getOrInsertComputed(result, () => new Histogram(BOUNDS)).observe(ms / 1000)
  }

  *samples(): Iterable<Sample> {
    for (const [[result = ''], n] of this.#results.entries) yield ['sluice_tls_handshakes', [result], n]
    for (const [result, { value }] of this.#seconds) yield ['sluice_tls_handshake_duration_seconds', [result], value]
  }
}
