/**
 * What the proxy should have, beside what it has as far as we know. The difference is known without looking at
 * everything again: a change of one thing costs as much in a large cluster as in a small one.
 */
import { type Change, diff, patch, type ResourceKey, type Snapshot, type Update } from '../model/snapshot.ts'

export class Desired {
  readonly #wanted = new Map<ResourceKey, string>()
  readonly #published = new Map<ResourceKey, string>()
  /** All that may differ between the two. */
  #touched = new Set<ResourceKey>()
  #revision = 0

  /** Just this is wanted from now on. Texts that are as before stay the ones that are in memory already. */
  replace(snapshot: Snapshot): void {
    const change = diff(0, this.#wanted, snapshot)
    if (change !== undefined) this.change(change)
  }

  /** These are wanted in the place of what stood there. */
  change(change: Change): void {
    patch(this.#wanted, change)
    for (const [key] of change.upserts) this.#touched.add(key)
    for (const key of change.removals) this.#touched.add(key)
  }

  /** What has to be sent now; `undefined` where nothing differs. To be answered by `applied` or `doubtful`. */
  next(): Update | undefined {
    const update = diff(this.#revision + 1, this.#published, this.#wanted, this.#touched)
    this.#touched = new Set()
    if (update !== undefined) this.#revision = update.revision
    return update
  }

  /** The proxy has this update. */
  applied(update: Update): void {
    patch(this.#published, update)
  }

  /** Nobody knows what of an update arrived: all it named is sent again, as it is then wanted. */
  doubtful({ upserts, removals }: Update): void {
    for (const key of [...upserts.map(([each]) => each), ...removals]) {
      this.#published.set(key, '')
      this.#touched.add(key)
    }
  }
}
