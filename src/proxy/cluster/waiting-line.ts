/**
 * Requests that wait until an endpoint may get them, in one worker. Normally the oldest is called first. Where the line
 * has not been empty for a while the newest is: more comes than can be served, so somebody will have waited in vain
 * whatever is done, and it had better be those whose clients have given up already (B. Maurer, "Fail at Scale", ACM
 * Queue 13(8), 2015: adaptive LIFO). Nothing of a body is read meanwhile: it stays with the client.
 */
import type { Clock } from '../../lib/clock.ts'
import type { FaultCode } from '../faults.ts'
import type { ServiceRow } from '../shared/service-row.ts'
import type { Waiter } from '../types.ts'

/** How often somebody looks whether other workers have made room, and who has waited for too long. */
const LOOK_MS = 10
/** How many in the line are asked in vain before the others are spared the question: sessions wait for one endpoint. */
const MISSES = 8

export interface Stay {
  readonly waiter: Waiter
  /** Longest, in milliseconds. */
  readonly ms: number
  /** What becomes of the request then. */
  readonly code: FaultCode
  /** Where all workers count who waits. */
  readonly row: ServiceRow
}

interface Place extends Omit<Stay, 'row'> {
  row: ServiceRow
  /** Monotonic milliseconds. */
  readonly until: number
  older: Place | undefined
  newer: Place | undefined
  isLeft: boolean
}

export class WaitingLine {
  /** After so many milliseconds without a moment of emptiness the newest is called first. */
  patienceMs = Number.POSITIVE_INFINITY
  /** Somebody who waits is being asked. */
  isCalling = false
  size = 0
  readonly #clock: Clock
  #oldest: Place | undefined = undefined
  #newest: Place | undefined = undefined
  #since = 0
  #isStirred = false
  #stopLooking = (): void => {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isEmpty(): boolean {
    return this.size === 0
  }

  /** @returns the way out, for a client that leaves; harmless once the request is on its way. */
  join(stay: Stay): () => void {
    const now = this.#clock.now()
    if (this.isEmpty) {
      this.#since = now
      this.#stopLooking = this.#clock.every(LOOK_MS, () => this.#look())
    }
    const place: Place = { ...stay, until: now + stay.ms, older: this.#newest, newer: undefined, isLeft: false }
    if (this.#newest === undefined) this.#oldest = place
    else this.#newest.newer = place
    this.#newest = place
    this.size++
    stay.row.join()
    return () => this.#leave(place)
  }

  /** There may be room. Whoever made it finishes first: its connection is the next one's then. */
  stir(): void {
    if (this.isEmpty || this.#isStirred) return
    this.#isStirred = true
    queueMicrotask(() => {
      this.#isStirred = false
      this.#call()
    })
  }

  /** Who waits is counted elsewhere from now on. */
  recount(row: ServiceRow): void {
    for (let place = this.#oldest; place !== undefined; place = place.newer) {
      place.row.part()
      place.row = row
      row.join()
    }
  }

  #look(): void {
    const now = this.#clock.now()
    for (let place = this.#oldest; place !== undefined; place = place.newer) {
      // Whoever is answered may take others along, of the same connection.
      if (place.until > now || place.isLeft) continue
      this.#leave(place)
      place.waiter.expired(place.code)
    }
    this.#call()
  }

  #call(): void {
    if (this.isCalling) return
    this.isCalling = true
    const fromNewest = this.#clock.now() - this.#since > this.patienceMs
    let place = fromNewest ? this.#newest : this.#oldest
    for (let misses = 0; place !== undefined && !place.isLeft && misses < MISSES; ) {
      const next: Place | undefined = fromNewest ? place.older : place.newer
      if (place.waiter.called()) this.#leave(place)
      else misses++
      place = next
    }
    this.isCalling = false
  }

  #leave(place: Place): void {
    if (place.isLeft) return
    place.isLeft = true
    this.size--
    place.row.part()
    if (place.older === undefined) this.#oldest = place.newer
    else place.older.newer = place.newer
    if (place.newer === undefined) this.#newest = place.older
    else place.newer.older = place.older
    if (this.isEmpty) this.#stopLooking()
  }
}
