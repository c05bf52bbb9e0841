/**
 * Values of several sources, the stronger over the weaker: default, option, SluiceConfig, policy, annotation. Every
 * value keeps where it came from.
 */
import type { Leaf, LineField } from '../../lib/schema.ts'
import type { Origin } from '../../model/route.ts'
import type { Explanation } from '../../model/value.ts'

/** What one source says: some values, by path. */
export interface Layer<V> {
  readonly values: Partial<V>
  readonly origins: { readonly [K in keyof V]?: Origin }
}

/** What holds: all values. */
export interface Effective<V> {
  readonly values: V
  readonly origins: { readonly [K in keyof V]: Origin }
}

/** Lays the stronger over the weaker; where nobody says anything, the weaker itself comes back. */
export function overlay<V>(base: Effective<V>, ...layers: readonly (Layer<V> | undefined)[]): Effective<V> {
  const said = layers.filter((layer) => layer !== undefined)
  if (said.length === 0) return base
  return {
    values: Object.assign({}, base.values, ...said.map(({ values }) => values)) as V,
    origins: Object.assign({}, base.origins, ...said.map(({ origins }) => origins)) as Effective<V>['origins'],
  }
}

/** Two sources as one. */
export function joined<V>(weak: Layer<V> | undefined, strong: Layer<V>): Layer<V> {
  if (weak === undefined) return strong
  return { values: { ...weak.values, ...strong.values }, origins: { ...weak.origins, ...strong.origins } }
}

/** Of what a source says, the paths that begin so. */
export function partOf<V extends object>({ values, origins }: Layer<object>, prefixes: readonly string[]): Layer<V> {
  const part = (record: object) =>
    Object.fromEntries(Object.entries(record).filter(([path]) => prefixes.some((prefix) => path.startsWith(prefix))))
  return { values: part(values) as Partial<V>, origins: part(origins) as Layer<V>['origins'] }
}

/** The paths of one object inside of another, as paths of that one alone. */
export function below<V>(layer: Effective<object>, prefix: string): Effective<V> {
  const inside = <T extends object>(record: T) =>
    Object.fromEntries(
      Object.entries(record).flatMap(([path, value]) =>
        path.startsWith(prefix) ? [[path.slice(prefix.length), value]] : [],
      ),
    )
  return { values: inside(layer.values) as V, origins: inside(layer.origins) as Effective<V>['origins'] }
}

/** For people: each value as it would be written, and where it came from. */
export function explain<V extends object>(leaves: readonly Leaf[], { values, origins }: Effective<V>): Explanation {
  const explained = leaves.flatMap(({ path, field }) => {
    const key = path as keyof V
    if (!Object.hasOwn(values, path)) return []
    const value = (field as LineField<unknown>).show(values[key])
    return [[path, { value, origin: origins[key] }] as const]
  })
  return Object.fromEntries(explained)
}
