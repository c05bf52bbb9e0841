/** Compiled virtual hosts, kept from update to update: only what changed is compiled again. */
import type { VirtualHostSpec } from '../../model/route.ts'
import type { Route } from '../types.ts'
import { type Act, type CompileDeps, compileHost } from './compile.ts'
import type { PathTree } from './path-tree.ts'
import { RouteTable } from './route-table.ts'

interface Compiled {
  readonly spec: VirtualHostSpec
  readonly routes: PathTree<Route>
}

export class HostTable {
  readonly #deps: CompileDeps
  readonly #hosts = new Map<string, Compiled>()
  /** Of the update that is being applied, by what they do: thousands of routes may differ by host alone. */
  readonly #acts = new Map<string, Act>()
  #changed = true

  constructor(deps: CompileDeps) {
    this.#deps = deps
  }

  /** Whether there is something that the last table does not know. */
  get changed(): boolean {
    return this.#changed
  }

  set(host: string, spec: VirtualHostSpec): void {
    this.#changed = true
    this.#hosts.set(host, { spec, routes: compileHost(spec, this.#deps, this.#acts) })
  }

  delete(host: string): void {
    this.#changed = true
    this.#hosts.delete(host)
  }

  /** What is there now, as a table that later changes do not touch. */
  table(): RouteTable {
    this.#changed = false
    this.#acts.clear()
    return new RouteTable([...this.#hosts].map(([host, { routes }]) => [host, routes] as const))
  }

  routeIds(): ReadonlySet<string> {
    return new Set(this.#specs().map(({ id }) => id))
  }

  /** Clusters that routes name. */
  clusterNames(): ReadonlySet<string> {
    const names = this.#specs().flatMap(({ action }) => (action.kind === 'forward' ? action.clusters : []))
    return new Set(names.map(({ name }) => name))
  }

  #specs(): VirtualHostSpec['routes'][number][] {
    return [...this.#hosts.values()].flatMap(({ spec }) => [...spec.routes])
  }
}
