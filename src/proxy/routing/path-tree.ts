/**
 * Routes of one host by path, as a tree of segments: Kubernetes prefixes match whole segments. The longest match
 * wins, exact before prefix (Ingress specification, "Multiple matches").
 */
import type { MatchSpec } from '../../model/route.ts'

/** A segment with what is below it; the tree is its root. One object a node: with thousands of hosts none is cached. */
export class PathTree<T> {
  #exact: T | undefined = undefined
  #prefix: T | undefined = undefined
  #children: Map<string, PathTree<T>> | undefined = undefined

  /** Paths are normalised. Of two values for the same path the first stays. */
  add(path: MatchSpec['path'], value: T): void {
    // `/` as a prefix holds for every path; as an exact path it is one empty segment.
    const segments = path.kind === 'prefix' && path.value === '/' ? [] : path.value.split('/').slice(1)
    let node: PathTree<T> = this
    for (const segment of segments) {
      node.#children ??= new Map()
      let child = node.#children.get(segment)
      if (child === undefined) {
        child = new PathTree()
        node.#children.set(segment, child)
      }
      node = child
    }
    if (path.kind === 'exact') node.#exact ??= value
    else node.#prefix ??= value
  }

  /** @param path normalised. */
  find(path: string): T | undefined {
    let node: PathTree<T> = this
    let best = node.#prefix
    let start = 1
    while (node.#children !== undefined) {
      const slash = path.indexOf('/', start)
      const child = node.#children.get(slash < 0 ? path.slice(start) : path.slice(start, slash))
      if (child === undefined) return best
      node = child
      if (node.#prefix !== undefined) best = node.#prefix
      if (slash < 0) return node.#exact ?? best
      start = slash + 1
    }
    return best
  }
}
