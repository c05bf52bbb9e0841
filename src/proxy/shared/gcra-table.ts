/**
 * Rate limits by key, exact across all workers: the generic cell rate algorithm (ITU-T I.371 annex A, as "virtual
 * scheduling") over a table in shared memory. One number a key, the time until which it has used up its rate, is moved
 * on by compare-and-swap: no locks, no timers, nothing allocated.
 *
 * Memory is constant. A key lives in one of the few slots of its bucket, and a slot is free again as soon as its key
 * has all of its burst back, since then it is as if it had never been seen. Where all slots of a bucket are in use,
 * further keys share the bucket's last slot: an attacker with a million keys is limited as one client, pushes nobody out
 * who is in already, and can only make newcomers of the same buckets share his limit. Keys are told apart by 32 bits
 * beside the bucket, from a hash that is seeded by chance: a mix-up cannot be brought about, and happens by accident
 * about once in a billion pairs of keys.
 */

/** Slots of a bucket that belong to one key each; one more is shared. */
const WAYS = 8
const SLOTS = WAYS + 1
/** A slot is the mark of its key, 0 for nobody, and the time in ticks. */
const WORDS = 2
/** Parts of the time between two requests at the full rate: how exactly times are kept. */
const TICKS_PER_REQUEST = 1024
/** Times wrap around; a slot has to be looked at before it is so old that it seems to lie ahead. */
const OLDEST_TICKS = 2 ** 29
/** What can be promised: as far ahead as a time still seems to lie ahead. */
const FARTHEST_TICKS = 2 ** 30

export interface RateSpec {
  readonly requests: number
  readonly perMs: number
  /** Requests that may come at once; at least one. */
  readonly burst: number
}

/** Memory for about so many keys at a time, to be shared by all workers. @param now see `take`. */
export function gcraMemory(keys: number, spec: RateSpec, now: number): SharedArrayBuffer {
  const buckets = 2 ** Math.ceil(Math.log2(Math.max(1, keys / WAYS)))
  const memory = new SharedArrayBuffer(buckets * SLOTS * WORDS * Int32Array.BYTES_PER_ELEMENT)
  const words = new Int32Array(memory)
  for (let at = 1; at < words.length; at += WORDS) words[at] = ticksAt(now, ticksPerMs(spec))
  return memory
}

/** Two independent hashes of a key. */
export interface KeyHash {
  readonly hash: number
  readonly mark: number
}

/** What a key may still do. */
export interface Quota {
  /** Requests that may come at once after a rest, and now. */
  readonly quota: number
  readonly remaining: number
  /** How long all of the quota takes to come back, and the rest of it from now. */
  readonly windowMs: number
  readonly resetMs: number
}

export class GcraTable {
  readonly #words: Int32Array
  readonly #bucketMask: number
  readonly #ticksPerMs: number
  readonly #burstTicks: number

  /** @param memory made for the same rate. */
  constructor(memory: SharedArrayBuffer, spec: RateSpec) {
    this.#words = new Int32Array(memory)
    this.#bucketMask = this.#words.length / (SLOTS * WORDS) - 1
    this.#ticksPerMs = ticksPerMs(spec)
    this.#burstTicks = spec.burst * TICKS_PER_REQUEST
  }

  /**
   * Asks for room for one request, and takes it where there is some.
   * @param now  monotonic milliseconds, the same clock in all workers.
   * @param cost in requests, not more than the burst.
   * @returns 0 where the request may pass; otherwise the milliseconds after which it could.
   */
  take(key: KeyHash, now: number, cost = 1): number {
    const ticks = ticksAt(now, this.#ticksPerMs)
    const name = key.mark | 0 || 1
    const bucket = (key.hash & this.#bucketMask) * SLOTS * WORDS
    for (;;) {
      const slot = this.#slotOf(name, bucket, ticks)
      const until = Atomics.load(this.#words, slot + 1)
      const ahead = Math.max(0, (until - ticks) | 0) + Math.ceil(cost * TICKS_PER_REQUEST)
      if (ahead > this.#burstTicks) return (ahead - this.#burstTicks) / this.#ticksPerMs
      if (Atomics.compareExchange(this.#words, slot + 1, until, (ticks + ahead) | 0) !== until) continue
      // A slot that nobody needed may have gone to somebody else at this moment: then this request is counted anew.
      if (slot === bucket + WAYS * WORDS || Atomics.load(this.#words, slot) === name) return 0
    }
  }

  /** Takes what nobody asked about beforehand, room or not; a debt is at most another burst. */
  charge(key: KeyHash, now: number, cost: number): void {
    this.#add(key, ticksAt(now, this.#ticksPerMs), { cost, most: 2 * this.#burstTicks })
  }

  /**
   * Takes room that may only be there later, behind all that was taken before.
   * @returns the milliseconds until it is there.
   */
  reserve(key: KeyHash, now: number, cost: number): number {
    const ahead = this.#add(key, ticksAt(now, this.#ticksPerMs), { cost, most: FARTHEST_TICKS })
    return Math.max(0, ahead - this.#burstTicks) / this.#ticksPerMs
  }

  /** What is left for a key; takes nothing. */
  look(key: KeyHash, now: number): Quota {
    const ticks = ticksAt(now, this.#ticksPerMs)
    const ahead = Math.max(0, (Atomics.load(this.#words, this.#slotFor(key, ticks) + 1) - ticks) | 0)
    return {
      quota: this.#burstTicks / TICKS_PER_REQUEST,
      remaining: Math.max(0, Math.floor((this.#burstTicks - ahead) / TICKS_PER_REQUEST)),
      windowMs: this.#burstTicks / this.#ticksPerMs,
      resetMs: ahead / this.#ticksPerMs,
    }
  }

  /** Moves on the times that would become too old. To be called at least every `sweepMs`, by anybody. */
  sweep(now: number): void {
    const ticks = ticksAt(now, this.#ticksPerMs)
    for (let at = 1; at < this.#words.length; at += WORDS) {
      const until = Atomics.load(this.#words, at)
      if (((until - ticks) | 0) < 0) Atomics.compareExchange(this.#words, at, until, ticks)
    }
  }

  get sweepMs(): number {
    return OLDEST_TICKS / this.#ticksPerMs
  }

  /** @returns how far ahead the key's time is now, in ticks. */
  #add(key: KeyHash, ticks: number, { cost, most }: { readonly cost: number; readonly most: number }): number {
    const slot = this.#slotFor(key, ticks)
    for (;;) {
      const until = Atomics.load(this.#words, slot + 1)
      const ahead = Math.min(Math.max(0, (until - ticks) | 0) + Math.ceil(cost * TICKS_PER_REQUEST), most)
      if (Atomics.compareExchange(this.#words, slot + 1, until, (ticks + ahead) | 0) === until) return ahead
    }
  }

  #slotFor({ hash, mark }: KeyHash, ticks: number): number {
    return this.#slotOf(mark | 0 || 1, (hash & this.#bucketMask) * SLOTS * WORDS, ticks)
  }

  /** The slot of this key, or one that nobody needs any more, or the shared one. */
  #slotOf(name: number, bucket: number, ticks: number): number {
    const words = this.#words
    const shared = bucket + WAYS * WORDS
    let free = -1
    for (let slot = bucket; slot < shared; slot += WORDS) {
      const owner = Atomics.load(words, slot)
      if (owner === name) return slot
      if (free < 0 && this.#isFree(slot, ticks)) free = slot
    }
    if (free < 0) return shared
    const owner = Atomics.load(words, free)
    const got = this.#isFree(free, ticks) && Atomics.compareExchange(words, free, owner, name) === owner
    // Another worker may have come for the same key, and have found another slot: one of them is enough.
    if (got && !this.#isElsewhere(name, bucket, free)) return free
    if (got) Atomics.compareExchange(words, free, name, 0)
    return this.#slotOf(name, bucket, ticks)
  }

  #isFree(slot: number, ticks: number): boolean {
    return ((Atomics.load(this.#words, slot + 1) - ticks) | 0) <= 0
  }

  #isElsewhere(name: number, bucket: number, own: number): boolean {
    for (let slot = bucket; slot < bucket + WAYS * WORDS; slot += WORDS) {
      if (slot !== own && Atomics.load(this.#words, slot) === name) return true
    }
    return false
  }
}

function ticksPerMs({ requests, perMs }: RateSpec): number {
  return (requests * TICKS_PER_REQUEST) / perMs
}

/** Wraps around. */
function ticksAt(now: number, perMs: number): number {
  return Math.floor((now * perMs) % 2 ** 32) | 0
}
