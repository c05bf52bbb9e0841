/**
 * Memory for what became of the requests of each variant: made when a canary appears, given to every worker, those that
 * come later included. Another list of variants is counted anew; other weights are not.
 */
import type { CanarySpec, CanaryTally } from '../../model/canary.ts'
import { PRIMARY } from '../../model/canary.ts'
import { parseKey, type Update } from '../../model/snapshot.ts'
import type { CanaryGrant } from '../messages.ts'
import type { Sample } from '../metrics.ts'
import { variantMemory, variantSums } from '../shared/variant-counts.ts'

interface Table {
  readonly grant: CanaryGrant
  readonly series: number
  spec: CanarySpec
}

export class CanaryTables {
  readonly #workers: number
  readonly #canaries = new Map<string, Table>()
  #series = 0

  constructor(workers: number) {
    this.#workers = workers
  }

  /** @returns what workers need of the canaries in the update. */
  update({ upserts, removals }: Update): readonly CanaryGrant[] {
    for (const key of removals) {
      const { kind, name } = parseKey(key)
      if (kind === 'canary') this.#canaries.delete(name)
    }
    return upserts.flatMap(([key, text]) => {
      const { kind, name } = parseKey(key)
      return kind === 'canary' ? [this.#put(name, JSON.parse(text))] : []
    })
  }

  /** All of them, for a worker that is new. */
  grants(): readonly CanaryGrant[] {
    return [...this.#canaries.values()].map(({ grant }) => grant)
  }

  /** What was counted so far of requests that did not ask for their variant, the primary first. */
  tallies(): readonly CanaryTally[] {
    return [...this.#canaries].map(([name, { grant, series }]) => {
      const variants = sumsOf(grant).map(({ asked: _, ...variant }) => variant)
      return { name, series, variants }
    })
  }

  *samples(): Iterable<Sample> {
    for (const [name, { grant, spec }] of this.#canaries) {
      const [namespace = '', policy = ''] = name.split('/')
      const weights = weightsOf(spec)
      for (const { name: variant, successes, failures, asked } of sumsOf(grant)) {
        const labels = [namespace, policy, variant]
        yield ['sluice_canary_weight_percent', labels, weights.get(variant) ?? 0]
        yield ['sluice_canary_requests', [...labels, 'success'], successes + asked.successes]
        yield ['sluice_canary_requests', [...labels, 'failure'], failures + asked.failures]
      }
    }
  }

  #put(name: string, spec: CanarySpec): CanaryGrant {
    const variants = spec.variants.map((each) => each.name)
    const known = this.#canaries.get(name)
    if (known !== undefined && known.grant.variants.join() === variants.join()) {
      known.spec = spec
      return known.grant
    }
    const grant = { name, variants, memory: variantMemory(this.#workers, 1 + variants.length) }
    this.#canaries.set(name, { grant, series: ++this.#series, spec })
    return grant
  }
}

function sumsOf({ memory, variants }: CanaryGrant) {
  return [PRIMARY, ...variants].map((name, i) => ({ name, ...variantSums(memory, i) }))
}

function weightsOf({ variants }: CanarySpec): ReadonlyMap<string, number> {
  const rest = variants.reduce((left, { weight }) => left - weight, 100)
  return new Map([[PRIMARY, rest], ...variants.map(({ name, weight }) => [name, weight] as const)])
}
