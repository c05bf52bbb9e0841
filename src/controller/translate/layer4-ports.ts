/**
 * TCP and UDP services: ports of their own, as two ConfigMaps that the operator names say which. An entry that is wrong
 * harms only itself: its port is closed, and it is told on the ConfigMap.
 */
import { type Layer4PortSpec, type Layer4Protocol, layer4PortName } from '../../model/layer4-port.ts'
import type { Problem } from '../../model/problem.ts'
import type { Origin } from '../../model/route.ts'
import { entryOf } from '../../model/snapshot.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import { type Asked, NotingView } from './asked.ts'
import { type Backend, Backends } from './backends.ts'
import type { Inputs } from './cluster-part.ts'
import type { KeptClusters } from './kept-clusters.ts'
import type { Rulebook } from './kept-policies.ts'
import { type Layer4Entry, readLayer4Entry } from './layer4-entry.ts'
import type { TranslateOptions } from './options.ts'
import type { Parts } from './parts.ts'
import { Report } from './report.ts'
import { RouteRules } from './route-rules.ts'

/** Among those who use clusters: no host is called so. */
export const LAYER4 = 'layer4'

const SOURCES = [
  { protocol: 'TCP', option: 'tcp-services-configmap', named: ({ tcpServices }: TranslateOptions) => tcpServices },
  { protocol: 'UDP', option: 'udp-services-configmap', named: ({ udpServices }: TranslateOptions) => udpServices },
] as const

interface Led {
  readonly spec: Layer4PortSpec
  readonly backend: Backend
}

export class Layer4Ports {
  readonly #asked: Asked
  #rulebook: Rulebook | undefined
  #isPut = false
  #ports: readonly Led[] = []
  #problems: readonly Problem[] = []

  constructor(asked: Asked) {
    this.#asked = asked
  }

  /** @param isStale whether something changed that was asked for. */
  update(isStale: boolean, rulebook: Rulebook, { view, options }: Inputs): void {
    if (!isStale && rulebook === this.#rulebook) return
    this.#rulebook = rulebook
    const noting = new NotingView(view)
    const gathering = new Gathering({ view: noting, options }, rulebook)
    this.#ports = SOURCES.flatMap(({ protocol, option, named }) => {
      const name = named(options)
      return name === undefined ? [] : gathering.portsOf(protocol, name, option)
    })
    this.#problems = gathering.report.problems
    this.#asked.note('layer4', noting.asked)
    this.#isPut = false
  }

  put(parts: Parts, clusters: KeptClusters): void {
    if (this.#isPut) return
    this.#isPut = true
    clusters.use(
      LAYER4,
      this.#ports.map(({ backend }) => backend),
    )
    const entries = this.#ports.map(({ spec }) => entryOf('layer4Port', layer4PortName(spec), spec))
    parts.put('layer4', { entries, problems: this.#problems })
  }
}

/** Ports as they come together. */
class Gathering {
  readonly report = new Report()
  readonly #inputs: Inputs
  readonly #rulebook: Rulebook

  constructor(inputs: Inputs, rulebook: Rulebook) {
    this.#inputs = inputs
    this.#rulebook = rulebook
  }

  /** @param name `namespace/name` of the ConfigMap. */
  portsOf(protocol: Layer4Protocol, name: string, option: string): readonly Led[] {
    const [namespace = '', configMapName = ''] = name.split('/')
    const configMap = this.#inputs.view.configMap(namespace, configMapName)
    if (configMap === undefined) {
      const at: Origin = { kind: 'Option', namespace: '', name: option }
      this.report.error(at, 'ConfigMapNotFound', `there is no ConfigMap ${name}; there are no ${protocol} services`)
      return []
    }
    return [...configMap.data].flatMap(([key, value]) => {
      const at = originOf(configMap, dataField(key))
      const entry = readLayer4Entry(protocol, key, value)
      if (!('complaint' in entry)) return this.#portOf(protocol, entry, at)
      this.report.error(at, entry.reason, `${entry.complaint}; it is not served`)
      return []
    })
  }

  #portOf(protocol: Layer4Protocol, entry: Layer4Entry, at: Origin): readonly Led[] {
    const { view, options } = this.#inputs
    const { port, namespace, service, servicePort } = entry
    if (options.ownPorts[protocol].includes(port)) {
      const message = `${protocol} port ${port} is one that Sluice listens on itself; it is not served`
      this.report.error(at, 'PortReserved', message)
      return []
    }
    const backend = new Backends(view, options, this.report).resolvePort({
      ...{ namespace, service, port: servicePort, carries: protocol, serviceAt: at, portAt: at },
      fate: `port ${port} is closed`,
    })
    if ('refused' in backend) return []
    const spec: Layer4PortSpec = {
      ...{ protocol, port, cluster: backend.cluster, isIntroduced: entry.decodes },
      connectMs: this.#connectMs(backend),
      proxyProtocol: entry.encodes ? 'v1' : 'off',
      origin: at,
    }
    return [{ spec, backend }]
  }

  /** As for a route that leads there and says nothing itself. */
  #connectMs({ namespace, service }: Backend): number {
    const { configs, policies } = this.#rulebook
    const rules = new RouteRules(configs.processRoutes, [])
    return policies.toward(rules, `${namespace}/${service}`).values['timeouts.connect']
  }
}

function dataField(key: string): string {
  return `data[${JSON.stringify(key)}]`
}
