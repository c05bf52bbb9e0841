/**
 * Which row of the shared memory each endpoint has. A row belongs to one endpoint of one cluster: what is being judged.
 * It is given to another one only after every worker has applied an update without it and nothing is under way there,
 * so that no worker ever counts for somebody who is gone on the row of somebody new.
 *
 * Where all rows are taken, an endpoint has none: each worker counts its load for itself, and it is neither ejected nor
 * started slowly. Traffic goes on.
 */
import { type EndpointSpec, endpointId } from '../../model/cluster.ts'
import { parseKey, type Update } from '../../model/snapshot.ts'
import { NO_ROW, type RowGrant } from '../messages.ts'
import type { EndpointRow, EndpointStats } from '../shared/endpoint-stats.ts'
import type { ServiceRow } from '../shared/service-row.ts'

/** An endpoint and where it is counted. */
export interface SeatedEndpoint {
  readonly id: string
  readonly spec: EndpointSpec
  readonly number: number
  /** Absent where there was no row left. */
  readonly row: EndpointRow | undefined
}

/** The endpoints of a cluster, and the row for all of them together. */
export interface SeatedCluster {
  readonly number: number
  readonly row: ServiceRow | undefined
  readonly endpoints: readonly SeatedEndpoint[]
}

/** A row that nobody is given before all workers have forgotten it. */
interface Retired {
  readonly number: number
  /** The update that took it away. */
  readonly revision: number
}

export interface EndpointRowsInit {
  readonly stats: EndpointStats
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Milliseconds since the epoch by the clock of the cluster; without it, what it says of readiness is not believed. */
  readonly clusterTime?: (() => number) | undefined
  /** Called when an endpoint gets no row, once until there are enough again. */
  readonly onFull: () => void
}

export class EndpointRows {
  readonly #stats: EndpointStats
  readonly #now: () => number
  readonly #clusterTime: (() => number) | undefined
  readonly #onFull: () => void
  readonly #clusters = new Map<string, SeatedCluster>()
  readonly #free: number[] = []
  #retired: Retired[] = []
  /** Rows from here on were never used. */
  #fresh = 0
  #full = false
  #first = true

  constructor({ stats, now, clusterTime, onFull }: EndpointRowsInit) {
    this.#stats = stats
    this.#now = now
    this.#clusterTime = clusterTime
    this.#onFull = onFull
  }

  get clusters(): ReadonlyMap<string, SeatedCluster> {
    return this.#clusters
  }

  /**
   * Seats who came and retires who left. An endpoint is as old as the cluster says that it is ready. Where nobody says,
   * what the first update brings was there before us and is born old: a restart must not start a whole fleet slowly.
   * @param confirmed the last update that every worker has applied.
   * @returns the rows that go with the update.
   */
  update({ revision, upserts, removals }: Update, confirmed: number): readonly RowGrant[] {
    this.#reclaim(confirmed)
    for (const key of removals) {
      const { kind, name } = parseKey(key)
      if (kind === 'endpoints') this.#seat(name, undefined, revision)
    }
    const changed = upserts.flatMap(([key, text]) => {
      const { kind, name } = parseKey(key)
      if (kind !== 'endpoints') return []
      this.#seat(name, JSON.parse(text) as readonly EndpointSpec[], revision)
      return [name]
    })
    this.#first = false
    return changed.map((name) => this.#grant(name))
  }

  /** All rows, for a worker that knows nothing yet. */
  grants(): readonly RowGrant[] {
    return [...this.#clusters.keys()].map((name) => this.#grant(name))
  }

  /** What a worker has under way ended with it. */
  erase(worker: number): void {
    for (let number = 0; number < this.#fresh; number++) this.#stats.row(number).forget(worker)
    for (const { row } of this.#clusters.values()) row?.forget(worker)
  }

  /** @param specs `undefined` where the cluster is gone. */
  #seat(name: string, specs: readonly EndpointSpec[] | undefined, revision: number): void {
    const before = this.#clusters.get(name)
    const leaving = new Map(before?.endpoints.map((endpoint) => [endpoint.id, endpoint]))
    const endpoints = (specs ?? []).map((spec): SeatedEndpoint => {
      const id = endpointId(spec)
      const known = leaving.get(id)
      leaving.delete(id)
      if (known === undefined) return { id, spec, ...this.#take(spec) }
      // News of its Pod may come after those of its address.
      if (spec.readyAt !== undefined && spec.readyAt !== known.spec.readyAt) known.row?.readyFrom(this.#readyFrom(spec))
      return { ...known, spec }
    })
    const gone = [...leaving.values(), ...(specs === undefined && before !== undefined ? [before] : [])]
    for (const { number } of gone) if (number !== NO_ROW) this.#retired.push({ number, revision })
    if (specs === undefined) this.#clusters.delete(name)
    else this.#clusters.set(name, { ...(before ?? this.#takeForAll()), endpoints })
  }

  #takeForAll(): Pick<SeatedCluster, 'number' | 'row'> {
    const { number } = this.#take()
    return { number, row: number === NO_ROW ? undefined : this.#stats.service(number) }
  }

  /** Monotonic milliseconds. A time that is yet to come is that of a clock that is not known well, and means now. */
  #readyFrom({ readyAt }: Pick<EndpointSpec, 'readyAt'>): number {
    const clusterTime = this.#clusterTime
    if (readyAt !== undefined && clusterTime !== undefined) return this.#now() - Math.max(0, clusterTime() - readyAt)
    return this.#first ? Number.NEGATIVE_INFINITY : this.#now()
  }

  /** @param spec of an endpoint; a cluster as a whole has none. */
  #take(spec: Pick<EndpointSpec, 'readyAt'> = {}): { readonly number: number; readonly row: EndpointRow | undefined } {
    const number = this.#free.pop() ?? (this.#fresh < this.#stats.rows ? this.#fresh++ : NO_ROW)
    if (number === NO_ROW) {
      if (!this.#full) this.#onFull()
      this.#full = true
      return { number, row: undefined }
    }
    const row = this.#stats.row(number)
    row.begin(this.#readyFrom(spec))
    return { number, row }
  }

  #reclaim(confirmed: number): void {
    if (this.#retired.length === 0) return
    const isForgotten = ({ number, revision }: Retired) =>
      revision <= confirmed && this.#stats.row(number).inFlight === 0
    const { free = [], waiting = [] } = Object.groupBy(this.#retired, (each) =>
      isForgotten(each) ? 'free' : 'waiting',
    )
    this.#free.push(...free.map(({ number }) => number))
    this.#retired = waiting
    if (free.length > 0) this.#full = false
  }

  #grant(name: string): RowGrant {
    const { number, endpoints } = this.#clusters.get(name)!
    return { cluster: name, row: number, endpoints: endpoints.map((endpoint) => endpoint.number) }
  }
}
