/** Hears of changes in folders by `fs.watch`. What it misses (network file systems) a look now and then finds. */
import { type FSWatcher, watch } from 'node:fs'
import type { FolderListing } from './folder.ts'

/** Watches one folder, not those below it; returns the way to end that. `failed` may be called at any time. */
export type WatchFolder = (dir: string, changed: () => void, failed: (error: Error) => void) => () => void

export const systemWatch: WatchFolder = (dir, changed, failed) => {
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(dir, { persistent: false }, changed)
    watcher.on('error', failed)
  } catch (error) {
    failed(error instanceof Error ? error : new Error(String(error)))
  }
  return () => watcher?.close()
}

/** One watch for each folder of the last listing. */
export class FolderWatches {
  readonly #watch: WatchFolder
  readonly #changed: () => void
  readonly #watches = new Map<string, { readonly stamp: string; readonly end: () => void }>()
  /** Why folders are only looked at now and then, where they are. */
  readonly failures = new Map<string, string>()

  constructor(watchFolder: WatchFolder, changed: () => void) {
    this.#watch = watchFolder
    this.#changed = changed
  }

  /** Follows the listing: a folder that was replaced by another of its name is watched anew. */
  follow({ folders }: FolderListing): void {
    for (const [dir, { stamp, end }] of this.#watches) {
      if (folders.get(dir) === stamp) continue
      end()
      this.#watches.delete(dir)
      this.failures.delete(dir)
    }
    for (const [dir, stamp] of folders) if (!this.#watches.has(dir)) this.#begin(dir, stamp)
  }

  end(): void {
    for (const { end } of this.#watches.values()) end()
    this.#watches.clear()
  }

  #begin(dir: string, stamp: string): void {
    const end = this.#watch(dir, this.#changed, (error) => this.failures.set(dir, error.message))
    this.#watches.set(dir, { stamp, end })
  }
}
