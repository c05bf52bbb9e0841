/** UDP of one worker, all ports together: sessions that are open, and datagrams that nobody got. */
import { Counts } from '../../lib/counts.ts'
import type { Sample } from '../metrics.ts'

/** `sessions`: there are too many. `no-endpoint`: nobody to get it. `queue`: more than can be kept on its way. */
export type DropReason = 'sessions' | 'no-endpoint' | 'queue'

export class UdpCounts {
  sessions = 0
  readonly #dropped = new Counts()
  /** Nothing is told of UDP where there is none. */
  #isUsed = false

  used(): void {
    this.#isUsed = true
  }

  dropped(reason: DropReason): void {
    this.#dropped.add(reason)
  }

  *samples(): Iterable<Sample> {
    if (!this.#isUsed) return
    yield ['sluice_udp_sessions', [], this.sessions]
    for (const [[reason = ''], n] of this.#dropped.entries) yield ['sluice_udp_datagrams_dropped', [reason], n]
  }
}
