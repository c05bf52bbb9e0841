/** Compiled virtual hosts, kept from update to update: only what changed is compiled again. */
import type { RouteSpec, VirtualHostSpec } from '../../model/route.ts'
import type { Route } from '../types.ts'
import { variantId } from './canary-route.ts'
import { type CompileDeps, compileHost, type Doing } from './compile.ts'
import type { PathTree } from './path-tree.ts'
import { RouteTable } from './route-table.ts'
import { Uses } from './uses.ts'

interface Compiled {
  readonly routeIds: readonly string[]
  readonly clusterNames: readonly string[]
}

export class HostTable {
  readonly #deps: CompileDeps
  readonly #hosts = new Map<string, Compiled>()
  /** Since the last table; `undefined` for hosts that are gone. */
  readonly #changes = new Map<string, PathTree<Route> | undefined>()
  /** Of the update that is being applied, by what they do: thousands of routes may differ by host alone. */
  readonly #doings = new Map<string, Doing>()
  readonly routeIds = new Uses()
  /** Clusters that routes name. */
  readonly clusterNames = new Uses()
  #table = new RouteTable()

  constructor(deps: CompileDeps) {
    this.#deps = deps
  }

  set(host: string, spec: VirtualHostSpec): void {
    const before = this.#hosts.get(host)
    const compiled = namesOf(spec)
    this.routeIds.add(compiled.routeIds)
    this.clusterNames.add(compiled.clusterNames)
    this.#forget(before)
    this.#hosts.set(host, compiled)
    this.#changes.set(host, compileHost(spec, this.#deps, this.#doings))
  }

  delete(host: string): void {
    this.#forget(this.#hosts.get(host))
    this.#hosts.delete(host)
    this.#changes.set(host, undefined)
  }

  /** What is there now, as a table that later changes do not touch; the last one while nothing changed. */
  table(): RouteTable {
    if (this.#changes.size === 0) return this.#table
    this.#table = this.#table.with(this.#changes)
    this.#changes.clear()
    this.#doings.clear()
    return this.#table
  }

  #forget(compiled: Compiled | undefined): void {
    if (compiled === undefined) return
    this.routeIds.drop(compiled.routeIds)
    this.clusterNames.drop(compiled.clusterNames)
  }
}

function namesOf({ routes }: VirtualHostSpec): Compiled {
  const clusters = routes.flatMap(({ action }) => (action.kind === 'forward' ? action.clusters : []))
  const variants = routes.flatMap(variantsOf)
  const names = [
    ...clusters.map(({ name }) => name),
    ...variants.map(({ cluster }) => cluster),
    ...routes.flatMap(mirrorOf),
  ]
  return {
    routeIds: [...routes, ...variants].map(({ id }) => id),
    clusterNames: [...new Set(names)],
  }
}

/** The variants of a route, each with what its series are kept under. */
function variantsOf({ id, action }: RouteSpec): readonly { readonly id: string; readonly cluster: string }[] {
  if (action.kind !== 'forward' || action.canary === undefined) return []
  return action.canary.variants.map(({ name, cluster }) => ({ id: variantId(id, name), cluster }))
}

function mirrorOf({ action }: RouteSpec): readonly string[] {
  return action.kind === 'forward' && action.canary?.mirror !== undefined ? [action.canary.mirror] : []
}
