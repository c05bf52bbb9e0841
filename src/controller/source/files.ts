/**
 * A folder of Kubernetes manifests as a source. After any sign of change, and a short pause in which writers finish,
 * all of it is read again; what is the same is not told.
 */
import type { Clock } from '../../lib/clock.ts'
import { type Debounced, debounce } from '../../lib/debounce.ts'
import type { Problem } from '../../model/problem.ts'
import type { Origin } from '../../model/route.ts'
import { type FolderListing, failureOf, listFolder, readFiles } from './folder.ts'
import { FolderWatches, systemWatch, type WatchFolder } from './folder-watch.ts'
import { Inventory } from './inventory.ts'
import type { Source, SourceBatch } from './source.ts'

/** Long enough for an editor's save of several steps, short enough to be called at once. */
const QUIET = { quietMs: 50, maxMs: 500 }
/** How often the folder is looked at where no event came. */
const LOOK_MS = 2_000

export interface FilesSourceInit {
  /** The folder; what is in it may change at any time. */
  readonly dir: string
  readonly clock: Clock
  readonly watch?: WatchFolder
}

export class FilesSource implements Source {
  readonly #dir: string
  readonly #clock: Clock
  readonly #inventory = new Inventory()
  readonly #changed: Debounced
  readonly #watches: FolderWatches
  #sink: (batch: SourceBatch) => void = () => {}
  #endLooking = () => {}
  #stopped = false
  /** The listing that was read last; `undefined` where the folder could not be listed. */
  #listing: FolderListing | undefined
  #inventoryProblems: readonly Problem[] = []

  constructor({ dir, clock, watch = systemWatch }: FilesSourceInit) {
    this.#dir = dir
    this.#clock = clock
    this.#changed = debounce(clock, QUIET, () => this.#readAgain())
    this.#watches = new FolderWatches(watch, () => this.#changed.poke())
  }

  /** @throws Error naming the folder, where it cannot be listed. */
  async start(sink: (batch: SourceBatch) => void): Promise<void> {
    try {
      this.#listing = listFolder(this.#dir)
    } catch (error) {
      throw new Error(`the folder of manifests ${this.#dir} cannot be read: ${failureOf(error)}`)
    }
    this.#sink = sink
    this.#endLooking = this.#clock.every(LOOK_MS, () => this.#look())
    this.#take(this.#listing)
  }

  stop(): void {
    this.#stopped = true
    this.#changed.cancel()
    this.#endLooking()
    this.#watches.end()
  }

  /** Watches first and reads then, so that nothing can change unseen in between. */
  #take(listing: FolderListing): void {
    this.#listing = listing
    this.#watches.follow(listing)
    const batch = this.#inventory.update(readFiles(this.#dir, listing.files.keys()))
    this.#inventoryProblems = batch.problems
    this.#sink({ ...batch, problems: [...batch.problems, ...this.#watchProblems()] })
  }

  #readAgain(): void {
    if (this.#stopped) return
    try {
      this.#take(listFolder(this.#dir))
    } catch (error) {
      this.#lose(error)
    }
  }

  /** What is in a folder that cannot be listed is unknown, not gone: all stays as it was. */
  #lose(error: unknown): void {
    this.#listing = undefined
    const message = `${failureOf(error)}; all that was read before stays in use`
    const problem: Problem = { at: this.#at(), severity: 'error', reason: 'UnreadableFolder', message }
    this.#sink({ upserts: [], removals: [], problems: [...this.#inventoryProblems, problem] })
  }

  #look(): void {
    const before = this.#listing
    let now: FolderListing | undefined
    try {
      now = listFolder(this.#dir)
    } catch {
      now = undefined
    }
    if (!isSame(before, now)) this.#changed.poke()
  }

  #watchProblems(): readonly Problem[] {
    return [...this.#watches.failures].map(([dir, failure]) => {
      const message = `${dir} cannot be watched (${failure}); it is looked at every ${LOOK_MS / 1000} s instead`
      return { at: this.#at(), severity: 'note', reason: 'FolderNotWatched', message }
    })
  }

  #at(): Origin {
    return { kind: 'File', namespace: '', name: this.#dir, file: this.#dir }
  }
}

function isSame(a: FolderListing | undefined, b: FolderListing | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return hasSameStamps(a.files, b.files) && hasSameStamps(a.folders, b.folders)
}

function hasSameStamps(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([path, stamp]) => b.get(path) === stamp)
}
