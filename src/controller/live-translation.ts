/**
 * The last translation, kept true: endpoints are computed anew cluster by cluster, and nothing else is touched. A
 * large cluster has changes of endpoints all the time.
 */
import type { Problem } from '../model/problem.ts'
import type { Entry, Snapshot } from '../model/snapshot.ts'
import { type ClusterPart, gatherCluster, type Inputs } from './translate/cluster-part.ts'
import { problemsOf, type Translation } from './translate/translate.ts'
import type { Feed } from './translate/view.ts'

export class LiveTranslation {
  /** Those that are ours, as they were read. */
  readonly ingresses: Translation['ingresses']
  readonly #routing: readonly Problem[]
  readonly #clusters: Map<Feed, readonly ClusterPart[]>
  #problems: readonly Problem[]

  constructor({ ingresses, parts, problems }: Translation) {
    this.ingresses = ingresses
    this.#routing = parts.routing
    this.#clusters = new Map(parts.clusters)
    this.#problems = problems
  }

  /** All there are now, in a fixed order; the same list as before where none came or went. */
  get problems(): readonly Problem[] {
    return this.#problems
  }

  /** @returns the endpoints of all clusters that come from these feeds, as they are now. */
  refresh(feeds: ReadonlySet<Feed>, from: Inputs): Snapshot {
    const entries: Entry[] = []
    let hadProblems = false
    for (const feed of feeds) {
      const before = this.#clusters.get(feed) ?? []
      const after = before.map(({ backend, asks }) => gatherCluster(backend, asks, from))
      this.#clusters.set(feed, after)
      entries.push(...after.map(({ endpoints }) => endpoints))
      hadProblems ||= [...before, ...after].some(({ problems }) => problems.length > 0)
    }
    if (hadProblems) this.#problems = problemsOf({ routing: this.#routing, clusters: this.#clusters })
    return new Map(entries)
  }
}
