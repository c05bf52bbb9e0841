/**
 * What one translation leaves for the next: in a cluster with thousands of Ingresses nearly all of them are as they
 * were, and what would come out the same is not even looked at. Whoever translates with a memory tells it what changed
 * since; it knows who asked for that. A translation without one is a translation with an empty one: there is one way
 * of making each part, and it is either made or kept.
 */
import type { Ref } from '../api/kubernetes/metadata.ts'
import { Asked, type Asker } from './asked.ts'
import { KeptClusters } from './kept-clusters.ts'
import { KeptDrafts } from './kept-drafts.ts'
import { KeptHosts } from './kept-hosts.ts'
import { KeptPolicies } from './kept-policies.ts'
import { Layer4Ports } from './layer4-ports.ts'
import { Operator } from './operator.ts'
import { Parts } from './parts.ts'
import { type Feed, isRoot } from './view.ts'

/** What a change means for the last translation. */
export interface Impact {
  /** It has to be done again. */
  readonly all: boolean
  /** Only the endpoints that come from these have to be. */
  readonly feeds: ReadonlySet<Feed>
}

export interface Changed {
  readonly refs: ReadonlySet<Ref>
  /** Ingresses among them, and those that asked for one of them. */
  readonly ingresses: ReadonlySet<Ref>
  readonly concernsOperator: boolean
  readonly concernsLayer4: boolean
}

/** Of translations with the same options, of views of one store. */
export class Memory {
  readonly asked = new Asked()
  readonly policies = new KeptPolicies(this.asked)
  readonly operator = new Operator(this.asked)
  readonly layer4 = new Layer4Ports(this.asked)
  readonly drafts = new KeptDrafts(this.asked)
  readonly hosts = new KeptHosts()
  readonly clusters = new KeptClusters(this.asked)
  readonly parts = new Parts()
  #isFirst = true
  readonly #changed = new Set<Ref>()
  readonly #feeds = new Set<Feed>()

  /** Whether there was nothing to remember so far. */
  takeFirst(): boolean {
    const isFirst = this.#isFirst
    this.#isFirst = false
    return isFirst
  }

  /** These are not as they were. */
  note(changed: Iterable<Ref>): Impact {
    const feeds = new Set<Feed>()
    let all = false
    for (const ref of changed) {
      if (this.clusters.feedsOn(ref)) feeds.add(ref)
      if (!isRoot(ref) && !this.asked.has(ref)) continue
      this.#changed.add(ref)
      all = true
    }
    for (const feed of feeds) this.#feeds.add(feed)
    return { all, feeds }
  }

  /** What changed since the last time of all that matters, and for whom. */
  takeChanged(): Changed {
    const refs = new Set(this.#changed)
    this.#changed.clear()
    const askers = new Set([...refs].flatMap((ref) => [...this.asked.askers(ref)]))
    const ingresses = new Set([...refs, ...askers].filter(isIngress))
    return { refs, ingresses, concernsOperator: askers.has('operator'), concernsLayer4: askers.has('layer4') }
  }

  /** Feeds whose endpoints were not gathered since they changed. */
  takeFeeds(): ReadonlySet<Feed> {
    const feeds = new Set(this.#feeds)
    this.#feeds.clear()
    return feeds
  }
}

function isIngress(asker: Asker): asker is Ref {
  return asker.startsWith('Ingress/')
}
