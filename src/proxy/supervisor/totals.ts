/**
 * What all workers counted, as one set of series. Workers report cumulative values since their own start; what a
 * dead worker had counted when it was last asked stays in the sum, so that no counter ever goes back. Series of a
 * route die with it, also those of dead workers.
 */
import type { VirtualHostSpec } from '../../model/route.ts'
import { parseKey, type Snapshot } from '../../model/snapshot.ts'
import { FAMILIES, type Family, type FamilyName, type HistogramValue, type Sample } from '../metrics.ts'

/** One sum of all batches: series with the same family and labels become one. */
export function addUp(batches: Iterable<readonly Sample[]>): Sample[] {
  const sums = new Map<string, Map<FamilyName, Sample>>()
  for (const batch of batches) {
    let labels: readonly string[] | undefined
    let families = new Map<FamilyName, Sample>()
    for (const sample of batch) {
      // Samples of one route follow each other and share their labels: the key is made once for all of them.
      if (sample[1] !== labels) {
        labels = sample[1]
        families = sums.getOrInsertComputed(labels.join('\0'), () => new Map())
      }
      const sum = families.get(sample[0])
      families.set(sample[0], sum === undefined ? sample : [sample[0], sum[1], added(sum[2], sample[2])])
    }
  }
  return [...sums.values()].flatMap((families) => [...families.values()])
}

/** What stays of a worker that is gone: all but gauges, for what it held is gone with it. */
export function lasting(samples: readonly Sample[]): Sample[] {
  return samples.filter(([family]) => FAMILIES[family].kind !== 'gauge')
}

/** Leaves out the series of routes that the snapshot does not have any more. */
export function ofLivingRoutes(samples: readonly Sample[], snapshot: Snapshot): readonly Sample[] {
  // No worker died yet: no need to read all routes at every scrape.
  if (samples.length === 0) return samples
  const living = routesOf(snapshot)
  return samples.filter((sample) => {
    const { ingress, namespace, host, path } = labelsOf(sample)
    // Requests that found no route are counted under empty labels.
    if (ingress === undefined || ingress === '') return true
    return living.has(host === undefined ? routeKey(namespace, ingress) : routeKey(namespace, ingress, host, path))
  })
}

function routesOf(snapshot: Snapshot): ReadonlySet<string> {
  const keys = new Set<string>()
  for (const [key, text] of snapshot) {
    if (parseKey(key).kind !== 'virtualHost') continue
    const { host, routes } = JSON.parse(text) as VirtualHostSpec
    for (const { origin, match } of routes) {
      keys.add(routeKey(origin.namespace, origin.name))
      keys.add(routeKey(origin.namespace, origin.name, host, match.path.value))
    }
  }
  return keys
}

function labelsOf([family, values]: Sample): Partial<Record<string, string>> {
  const { labels }: Family = FAMILIES[family]
  return Object.fromEntries(labels.map((label, i) => [label, values[i]]))
}

function routeKey(...parts: readonly (string | undefined)[]): string {
  return parts.join('\0')
}

function added(a: number | HistogramValue, b: number | HistogramValue): number | HistogramValue {
  if (typeof a === 'number' || typeof b === 'number') return Number(a) + Number(b)
  return { counts: a.counts.map((count, i) => count + (b.counts[i] ?? 0)), sum: a.sum + b.sum }
}
