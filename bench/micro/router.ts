/**
 * Host and path to route: `node bench/micro/router.ts`. The texts are sliced anew for each match, as the codec does
 * it: a string used twice would carry its hash from the first time.
 */
import { PathTree } from '../../src/proxy/routing/path-tree.ts'
import { RouteTable } from '../../src/proxy/routing/route-table.ts'
import type { Route } from '../../src/proxy/types.ts'
import { report } from './measure.ts'

interface Query {
  readonly host: string
  readonly path: string
}

const route = (id: string) => ({ id }) as Route

function treeOf(prefixes: readonly string[]): PathTree<Route> {
  const tree = new PathTree<Route>()
  for (const value of prefixes) tree.add({ kind: 'prefix', value }, route(value))
  return tree
}

/** Asks in an order that visits everything before it comes back. */
function reportMatches(name: string, table: RouteTable, queries: readonly Query[]): void {
  const texts = queries.map(({ host, path }) => ({ text: `GET ${path} Host: ${host}`, pathEnd: 4 + path.length }))
  const HOST_AFTER_PATH = ' Host: '.length
  report(name, (n) => {
    const { text, pathEnd } = texts[(n * 7919) % texts.length]!
    const found = table.match(text.slice(pathEnd + HOST_AFTER_PATH), text.slice(4, pathEnd))
    if (found === undefined) throw new Error(`${name}: no route for ${text}`)
    return found
  })
}

const root = treeOf(['/'])
const one = new RouteTable(new Map([['shop.example.test', root]]))
reportMatches('router, 1 host', one, [{ host: 'shop.example.test', path: '/cart/items/17' }])

const prefixes = Array.from({ length: 200 }, (_, n) => `/team-${n % 20}/service-${n}`)
const deep = new RouteTable(new Map([['shop.example.test', treeOf(prefixes)]]))
reportMatches(
  'router, 200 prefixes',
  deep,
  prefixes.map((prefix) => ({ host: 'shop.example.test', path: `${prefix}/v1/items/17` })),
)

const hosts = Array.from({ length: 10_000 }, (_, n) => `host-${n}.example.test`)
const wide = new RouteTable(new Map(hosts.map((host) => [host, treeOf(['/'])])))
reportMatches(
  'router, 10 000 hosts',
  wide,
  hosts.map((host) => ({ host, path: '/cart/items/17' })),
)

const wild = new RouteTable(new Map(hosts.map((host) => [`*.${host}`, treeOf(['/'])])))
reportMatches(
  'router, 10 000 wildcards',
  wild,
  hosts.map((host) => ({ host: `eu.${host}`, path: '/cart/items/17' })),
)
