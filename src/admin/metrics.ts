/**
 * What `/metrics` shows. Values are counted elsewhere (by workers, by the supervisor) and only printed here: each
 * family is a metric of prom-client whose values are fetched when somebody looks.
 */
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client'
import type { Family, HistogramValue } from '../proxy/metrics.ts'

/** Values of labels in the order of the family. */
export type Series = readonly [family: string, labels: readonly string[], value: number | HistogramValue]

/** Families, and where all their series come from. */
export interface MetricSource {
  readonly families: Readonly<Record<string, Family>>
  readonly collect: () => Promise<readonly Series[]>
}

type Labels = Readonly<Record<string, string>>

/** As prom-client takes it: `sharedLabels` is put into text once for each object, however many values share it. */
interface PrintedValue {
  readonly metricName?: string
  readonly labels?: Labels
  readonly sharedLabels: Labels
  readonly value: number
}

export class Metrics {
  readonly #registry = new Registry()

  constructor(sources: readonly MetricSource[]) {
    for (const source of sources) this.#register(source)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** Adds CPU, memory, event loop and collector of the process. */
  withProcess(): this {
    collectDefaultMetrics({ register: this.#registry })
    return this
  }

  /** Everything in the Prometheus text format. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }

  #register({ families, collect }: MetricSource): void {
    const collectOnce = joined(async () => Map.groupBy(await collect(), ([family]) => family))
    for (const [name, family] of Object.entries(families)) {
      const get = async () => {
        const series = (await collectOnce()).get(name) ?? []
        return { name, help: family.help, type: family.kind, values: series.flatMap((one) => printed(family, one)) }
      }
      // prom-client's type asks for one of its classes; what its registry uses is the name and `get`.
      this.#registry.registerMetric({ name, get } as unknown as Metric)
    }
  }
}

/** Callers that come while a call is under way share its result: one scrape asks every worker once. */
function joined<T>(call: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | undefined
  return () => {
    pending ??= call().finally(() => {
      pending = undefined
    })
    return pending
  }
}

function printed(family: Family, [name, texts, value]: Series): PrintedValue[] {
  const sharedLabels = labelled(family.labels, texts)
  if (typeof value === 'number') return [{ sharedLabels, value }]
  const bounds = [...(family.buckets ?? []).map(String), '+Inf']
  let count = 0
  const buckets = bounds.map((le, i) => {
    count += value.counts[i] ?? 0
    return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, sharedLabels, value: value.sum },
    { metricName: `${name}_count`, sharedLabels, value: count },
  ]
}

/** Several families of one route come with one and the same list of texts: they get one object. */
const LABELLED = new WeakMap<readonly string[], { readonly names: readonly string[]; readonly labels: Labels }>()

function labelled(names: readonly string[], texts: readonly string[]): Labels {
  const known = LABELLED.get(texts)
  if (known?.names === names) return known.labels
  const labels = Object.fromEntries(names.map((name, i) => [name, texts[i] ?? '']))
  LABELLED.set(texts, { names, labels })
  return labels
}
