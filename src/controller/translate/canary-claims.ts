/** What canaries mean for the routes of one Ingress. */
import type { CanaryUse } from '../../model/canary.ts'
import type { CanaryPolicy } from '../api/canary-policy.ts'
import { plainKind } from '../api/kubernetes/kinds.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import type { Backend, Backends } from './backends.ts'
import type { Canaries, CanaryHit, RouteName } from './canaries.ts'
import { canaryName } from './canary-spec.ts'
import type { Report } from './report.ts'

/** The variants of a route, and where they lead. */
export interface CanaryRoute {
  readonly use: CanaryUse
  readonly backends: readonly Backend[]
}

export interface CanaryClaimsInit {
  readonly canaries: Canaries
  readonly backends: Backends
  readonly report: Report
}

export class CanaryClaims {
  /** All that mean a route of this Ingress, those that do not get it included. */
  readonly hits: CanaryHit[] = []
  readonly #init: CanaryClaimsInit

  constructor(init: CanaryClaimsInit) {
    this.#init = init
  }

  /** @param primary where the route leads. */
  of(route: RouteName, primary: Backend): CanaryRoute | undefined {
    const { canaries } = this.#init
    const [first, ...others] = canaries.hits(`${primary.namespace}/${primary.service}`, route)
    if (first === undefined) return undefined
    this.hits.push(first, ...others)
    for (const other of others) this.#tell(other, first, route)
    return this.#route(first, primary)
  }

  #route({ policy }: CanaryHit, primary: Backend): CanaryRoute {
    const { variants = [], 'mirror.service': shadow, 'mirror.port': shadowPort } = policy.spec.values
    const resolved = variants.flatMap(({ name, service, port }, i) => {
      const at = { field: `spec.variants[${i}]`, fate: 'its requests go to the primary' }
      const backend = this.#backend({ policy, service, port, ...at }, primary)
      return backend === undefined ? [] : [{ name, backend }]
    })
    const at = { field: 'spec.mirror', fate: 'there are no copies' }
    const mirror = shadow && this.#backend({ policy, service: shadow, port: shadowPort, ...at }, primary)
    return {
      use: {
        canary: canaryName(policy),
        variants: resolved.map(({ name, backend }) => ({ name, cluster: backend.cluster })),
        ...(mirror ? { mirror: mirror.cluster } : {}),
      },
      backends: [...resolved.map(({ backend }) => backend), ...(mirror ? [mirror] : [])],
    }
  }

  #backend({ policy, service, port, field, fate }: Named, primary: Backend): Backend | undefined {
    const [serviceAt, portAt] = [originOf(policy, `${field}.service`), originOf(policy, `${field}.port`)]
    const ref = { namespace: primary.namespace, service, port: port ?? portOf(primary), serviceAt, portAt, fate }
    const backend = this.#init.backends.resolvePort(ref)
    return 'refused' in backend ? undefined : backend
  }

  #tell({ policy, rules }: CanaryHit, { policy: holder }: CanaryHit, { ingress, host, path }: RouteName): void {
    const at = originOf(policy, rules === undefined ? 'spec.targetRefs[0]' : `spec.rules[${rules[0]}]`)
    const { namespace, name } = holder.metadata
    const called = `path ${path} on ${host} of Ingress ${namespace}/${ingress}`
    const message = `${called} belongs to ${plainKind(holder.kind)} ${namespace}/${name}, which comes first by age and name; here it is left out`
    this.#init.report.error(at, 'Conflicted', message)
  }
}

/** A Service that a policy names, and where it does. */
interface Named {
  readonly policy: CanaryPolicy
  readonly service: string
  readonly port: number | undefined
  readonly field: string
  /** What becomes of its requests where it leads nowhere. */
  readonly fate: string
}

/** As the Ingress names it; a name is never a mere number. */
function portOf({ cluster }: Backend): string | number {
  const port = cluster.slice(cluster.lastIndexOf(':') + 1)
  return /^\d+$/.test(port) ? Number(port) : port
}
