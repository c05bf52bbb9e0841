/**
 * Host and path → route. Immutable: an update makes a new table, which becomes visible in one assignment; old ones
 * live as long as exchanges that matched in them.
 */
import type { Route } from '../types.ts'
import { HostIndex } from './host-index.ts'
import type { PathTree } from './path-tree.ts'

/** Patterns of hosts (`example.com`, `*.example.com`, `*`), each with its routes. */
export type HostRoutes = ReadonlyMap<string, PathTree<Route>>

export class RouteTable {
  readonly #hosts: HostIndex<PathTree<Route>>

  /** @param hosts all there are, by host. */
  constructor(hosts: HostRoutes | HostIndex<PathTree<Route>> = new Map()) {
    this.#hosts = hosts instanceof HostIndex ? hosts : HostIndex.of(hosts)
  }

  /** The same with the routes of these hosts; `undefined` for hosts that are gone. */
  with(changes: ReadonlyMap<string, PathTree<Route> | undefined>): RouteTable {
    return new RouteTable(this.#hosts.with(changes))
  }

  /**
   * The most specific pattern that fits the host decides alone: exact, then wildcard of one label, then catch-all.
   * @param host lower case, no port, no trailing dot; empty where the client named none.
   * @param path normalised, or `*`, which asks about the host itself and goes where `/` goes.
   */
  match(host: string, path: string): Route | undefined {
    const routes = this.#hosts.get(host) ?? this.#wildcard(host) ?? this.#hosts.get('*')
    return routes?.find(path === '*' ? '/' : path)
  }

  #wildcard(host: string): PathTree<Route> | undefined {
    const dot = host.indexOf('.')
    return dot > 0 ? this.#hosts.get(`*${host.slice(dot)}`) : undefined
  }
}
