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

interface PrintedValue {
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string>>
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
  const labels = Object.fromEntries(family.labels.map((label, i) => [label, texts[i] ?? '']))
  if (typeof value === 'number') return [{ labels, value }]
  const bounds = [...(family.buckets ?? []).map(String), '+Inf']
  let count = 0
  const buckets = bounds.map((le, i) => {
    count += value.counts[i] ?? 0
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: value.sum },
    { metricName: `${name}_count`, labels, value: count },
  ]
}
