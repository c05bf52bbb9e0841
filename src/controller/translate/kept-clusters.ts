/** The clusters that routes lead to, with their endpoints; each is made anew where it or what it comes from changed. */
import { Relation } from '../../lib/relation.ts'
import type { ClusterName } from '../../model/cluster.ts'
import { compareText } from '../../model/problem.ts'
import type { HostPattern } from '../../model/route.ts'
import { type Asked, NotingView } from './asked.ts'
import type { Backend } from './backends.ts'
import { type ClusterRules, clusterPart, endpointsPart, type Inputs } from './cluster-part.ts'
import { type EndpointAsks, endpointAsks, placeOf } from './endpoint-asks.ts'
import type { Place } from './nearness.ts'
import type { Parts } from './parts.ts'
import type { Feed } from './view.ts'

export interface ClustersRefresh {
  readonly inputs: Inputs
  readonly parts: Parts
}

export interface ClustersUpdate extends ClustersRefresh {
  readonly rules: ClusterRules
}

/** A host whose routes lead there, or all ports of TCP and UDP services together. */
export type ClusterUser = HostPattern | 'layer4'

/** One with whose endpoints something can be spoken. */
interface Fed {
  readonly backend: Backend
  readonly asks: EndpointAsks
}

export class KeptClusters {
  readonly #users = new Relation<ClusterUser, ClusterName>()
  readonly #backends = new Map<ClusterName, Backend>()
  readonly #fed = new Map<ClusterName, Fed>()
  readonly #feeds = new Relation<ClusterName, Feed>()
  readonly #stale = new Set<ClusterName>()
  readonly #asked: Asked
  #dnsHosts: ReadonlySet<string> = new Set()
  #processWide: string | undefined
  #zone: string | undefined

  constructor(asked: Asked) {
    this.#asked = asked
  }

  /** Hosts whose addresses DNS has to say. */
  get dnsHosts(): ReadonlySet<string> {
    return this.#dnsHosts
  }

  /** Whether endpoints come from there. */
  feedsOn(feed: Feed): boolean {
    return this.#feeds.has(feed)
  }

  /** One leads to just these from now on. */
  use(user: ClusterUser, backends: readonly Backend[]): void {
    const names = new Set(backends.map(({ cluster }) => cluster))
    for (const backend of backends) this.#backends.set(backend.cluster, backend)
    for (const gone of this.#users.set(user, [...names]).gone) {
      this.#backends.delete(gone)
      this.#stale.add(gone)
    }
    for (const name of names) this.#stale.add(name)
  }

  /** Makes all clusters anew that may be others now, and the endpoints that come from these feeds. */
  update(feeds: Iterable<Feed>, update: ClustersUpdate): void {
    const here = this.#locate(update.inputs)
    const { processWide } = update.rules
    // What is said of one Service comes here by those who lead to it: they are drafted anew.
    if (processWide !== this.#processWide || here.zone !== this.#zone) {
      this.#processWide = processWide
      this.#zone = here.zone
      for (const name of this.#backends.keys()) this.#stale.add(name)
    }
    for (const name of [...this.#stale].sort(compareText)) this.#put(name, update, here)
    this.#stale.clear()
    this.refresh(feeds, update)
  }

  /** Gathers the endpoints that come from these feeds, and touches nothing else. */
  refresh(feeds: Iterable<Feed>, { inputs, parts }: ClustersRefresh): void {
    for (const feed of feeds) {
      for (const name of this.#feeds.sources(feed)) {
        const { backend, asks } = this.#fed.get(name)!
        parts.put(`endpoints/${name}`, endpointsPart(backend, asks, inputs))
      }
    }
  }

  /** Where we are, to which endpoints are near or not. */
  #locate({ view, options }: Inputs): Place {
    const noting = new NotingView(view)
    const here = placeOf(noting, options)
    this.#asked.note('clusters', noting.asked)
    return here
  }

  #put(name: ClusterName, { inputs, parts, rules }: ClustersUpdate, here: Place): void {
    const backend = this.#backends.get(name)
    const part = backend === undefined ? {} : clusterPart(backend, inputs, rules)
    parts.put(`cluster/${name}`, part)
    const fed = backend && part.entries && { backend, asks: endpointAsks(serviceOf(backend), rules.policies, here) }
    // What is said of a cluster is seldom about its endpoints.
    if (isSame(this.#fed.get(name), fed)) return
    this.#feed(name, fed)
    parts.put(`endpoints/${name}`, fed === undefined ? {} : endpointsPart(fed.backend, fed.asks, inputs))
  }

  #feed(name: ClusterName, fed: Fed | undefined): void {
    if (fed === undefined) this.#fed.delete(name)
    else this.#fed.set(name, fed)
    const { came, gone } = this.#feeds.set(name, fed === undefined ? [] : [fed.backend.endpoints.feed])
    if (![...came, ...gone].some(isResolution)) return
    const sources = [...this.#fed.values()].map(({ backend: { endpoints } }) => endpoints)
    this.#dnsHosts = new Set(sources.flatMap((source) => (source.kind === 'dns' ? [source.host] : [])))
  }
}

function isSame(before: Fed | undefined, after: Fed | undefined): boolean {
  if (before === undefined || after === undefined) return false
  return before.backend === after.backend && JSON.stringify(before.asks) === JSON.stringify(after.asks)
}

function isResolution(feed: Feed): boolean {
  return feed.startsWith('Resolution/')
}

function serviceOf({ namespace, service }: Backend): string {
  return `${namespace}/${service}`
}
