/** The router against an oracle that tries every rule in turn: random hosts, rules and requests. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '../../src/lib/random.ts'
import type { MatchSpec } from '../../src/model/route.ts'
import { PathTree } from '../../src/proxy/routing/path-tree.ts'
import { RouteTable } from '../../src/proxy/routing/route-table.ts'
import type { Route } from '../../src/proxy/types.ts'

const ROUNDS = 3_000
const REQUESTS_A_ROUND = 20
/** Few and much alike, so that rules meet. */
const LABELS = ['a', 'aa', 'b', '*', 'com', '']
const SEGMENTS = ['a', 'aa', 'b', 'A', '%2F', '', 'a', '__proto__']

interface Rule {
  readonly id: string
  readonly host: string
  readonly path: MatchSpec['path']
}

const upTo = (random: Random, most: number): number => Math.floor(random() * (most + 1))
const oneOf = <T>(random: Random, list: readonly T[]): T => list[upTo(random, list.length - 1)]!
const several = <T>(random: Random, most: number, one: () => T): T[] => Array.from({ length: upTo(random, most) }, one)

function anyName(random: Random): string {
  return several(random, 3, () => oneOf(random, LABELS.slice(0, 3)))
    .concat('com')
    .join('.')
}

function anyPattern(random: Random): string {
  const chance = random()
  if (chance < 0.2) return '*'
  return chance < 0.5 ? `*.${anyName(random)}` : anyName(random)
}

function anyPath(random: Random, most: number): string {
  return `/${several(random, most, () => oneOf(random, SEGMENTS)).join('/')}`
}

/** As a rule holds it: a prefix has no trailing slash, except for the root. */
function anyRule(random: Random, id: string): Rule {
  const kind = oneOf(random, ['exact', 'prefix'] as const)
  const path = anyPath(random, 4)
  return {
    id,
    host: anyPattern(random),
    path: { kind, value: kind === 'prefix' ? path.replace(/(?<=.)\/+$/, '') : path },
  }
}

function compiled(rules: readonly Rule[]): RouteTable {
  const hosts = new Map<string, PathTree<Route>>()
  for (const { id, host, path } of rules) {
    const tree = hosts.get(host) ?? new PathTree<Route>()
    tree.add(path, { id } as Route)
    hosts.set(host, tree)
  }
  return new RouteTable(hosts)
}

/** The Ingress specification read aloud: which host pattern decides, which of its rules wins. */
function oracle(rules: readonly Rule[], host: string, path: string): string | undefined {
  const wildcard = /^[^.]+\./.test(host) ? host.replace(/^[^.]+/, '*') : undefined
  const pattern = [host, wildcard, '*'].find((candidate) => rules.some((rule) => rule.host === candidate))
  const matching = rules.filter((rule) => rule.host === pattern && matches(rule.path, path))
  const weight = ({ path: { kind, value } }: Rule) => value.length * 2 + (kind === 'exact' ? 1 : 0)
  return matching.reduce<Rule | undefined>(
    (best, rule) => (best && weight(best) >= weight(rule) ? best : rule),
    undefined,
  )?.id
}

function matches({ kind, value }: MatchSpec['path'], path: string): boolean {
  if (kind === 'exact' || path === value) return path === value
  return path.startsWith(value === '/' ? value : `${value}/`)
}

for (const seed of [1, 2, 3]) {
  test(`the router finds what reading all rules finds (seed ${seed})`, () => {
    const random = seededRandom(seed)
    let found = 0
    for (let round = 0; round < ROUNDS; round++) {
      const rules = Array.from({ length: 1 + upTo(random, 15) }, (_, n) => anyRule(random, `r${n}`))
      const table = compiled(rules)
      for (let i = 0; i < REQUESTS_A_ROUND; i++) {
        const near = oneOf(random, rules)
        const host = random() < 0.5 ? near.host.replace('*', oneOf(random, LABELS)) : anyName(random)
        const path = random() < 0.5 ? near.path.value + oneOf(random, ['', '/', '/a', 'a']) : anyPath(random, 5)
        const expected = oracle(rules, host, path)
        if (expected !== undefined) found++
        assert.equal(
          table.match(host, path)?.id,
          expected,
          `round ${round}: ${host}${path} in ${JSON.stringify(rules)}`,
        )
      }
    }
    assert.ok(found > (ROUNDS * REQUESTS_A_ROUND) / 5, `only ${found} requests found a route: the test asks too little`)
  })
}
