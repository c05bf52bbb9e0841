/**
 * Which SluiceConfig holds for what: defaults of routes for each class by its own, all the rest for the whole process
 * by that of the oldest class that names one. A missing or foreign one is told on its class, and the options apply.
 */
import { compareText } from '../../model/problem.ts'
import { DEFAULT_HOST_VALUES } from '../api/host-options.ts'
import type { ClassParameters, IngressClass } from '../api/kubernetes/ingress.ts'
import { isConfig, OWN_GROUP, plainKind } from '../api/kubernetes/kinds.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import type { RouteDefaults, RouteValues } from '../api/route-policy.ts'
import {
  CONFIG_KIND,
  CONFIG_SPEC,
  type ConfigPath,
  type ConfigValues,
  type SluiceConfig,
} from '../api/sluice-config.ts'
import { reportFaults } from './faults.ts'
import { below, type Effective, type Layer, overlay } from './layers.ts'
import { type TranslateOptions, unsaid } from './options.ts'
import type { Report } from './report.ts'
import type { View } from './view.ts'

const ROUTES = 'routeDefaults.'
const HOST_ORIGINS = unsaid(DEFAULT_HOST_VALUES)

/** A class that names a SluiceConfig, which may be missing. */
interface Configured {
  readonly ingressClass: IngressClass
  readonly config: SluiceConfig | undefined
}

export interface ConfigsInit {
  readonly view: View
  readonly options: TranslateOptions
  /** Ours, the older first. */
  readonly classes: readonly IngressClass[]
  readonly report: Report
}

export class Configs {
  /** For the whole process. */
  readonly global: Effective<ConfigValues>
  /** Those that a class of ours names. */
  readonly inUse: readonly SluiceConfig[]
  readonly #options: TranslateOptions
  readonly #report: Report
  readonly #ofClass: ReadonlyMap<string, Effective<RouteValues>>
  readonly #unconfigured: Effective<RouteValues>

  constructor({ view, options, classes, report }: ConfigsInit) {
    this.#options = options
    this.#report = report
    const known = new Map(
      view
        .policies()
        .filter(isConfig)
        .map((config) => [config.metadata.name, config]),
    )
    const configured = classes.flatMap((ingressClass) => this.#configured(ingressClass, known))
    this.inUse = [...new Set(configured.flatMap(({ config }) => config ?? []))].sort((a, b) =>
      compareText(a.metadata.name, b.metadata.name),
    )
    for (const config of this.inUse) reportFaults(config, CONFIG_SPEC, report)
    this.#ofClass = new Map(
      configured.map(({ ingressClass, config }) => [ingressClass.metadata.name, this.#routes(config)]),
    )
    this.#unconfigured = routeDefaults(options.config)
    this.global = this.#global(configured)
  }

  /** What holds for the routes of a class before any policy or annotation. */
  routeDefaults(className: string): Effective<RouteValues> {
    return this.#ofClass.get(className) ?? this.#unconfigured
  }

  /** The same for what belongs to no class. */
  get processRoutes(): Effective<RouteValues> {
    return routeDefaults(this.global)
  }

  #configured(ingressClass: IngressClass, known: ReadonlyMap<string, SluiceConfig>): Configured[] {
    const parameters = ingressClass.spec?.parameters
    if (parameters === undefined) return []
    const wrong = misfit(parameters)
    if (wrong !== undefined) {
      const at = originOf(ingressClass, `spec.parameters.${wrong.field}`)
      this.#report.error(at, 'InvalidParameters', `${wrong.message}; the options of the process apply`)
      return []
    }
    const config = known.get(parameters.name)
    if (config === undefined) {
      const message = `there is no SluiceConfig ${parameters.name}; the options of the process apply`
      this.#report.error(originOf(ingressClass, 'spec.parameters.name'), 'ParametersNotFound', message)
    }
    return [{ ingressClass, config }]
  }

  #routes(config: SluiceConfig | undefined): Effective<RouteValues> {
    return routeDefaults(overlay(this.#options.config, config && layerOf(config)))
  }

  #global([first, ...others]: readonly Configured[]): Effective<ConfigValues> {
    const base = this.#options.config
    if (first === undefined) return this.#introduced(base)
    for (const other of others) this.#tellLoser(other, first)
    const merged = this.#introduced(overlay(base, first.config && layerOf(first.config)))
    const access = merged.values['logs.access'] && !base.values['logs.access']
    if (!access) return merged
    const message =
      'the access log was switched off at the start of the process (--access-log); only a restart opens it'
    this.#report.warning(merged.origins['logs.access'], 'NeedsRestart', message)
    return overlay(merged, {
      values: { 'logs.access': false },
      origins: { 'logs.access': base.origins['logs.access'] },
    })
  }

  /** Anybody could say to be anybody. */
  #introduced(config: Effective<ConfigValues>): Effective<ConfigValues> {
    const { values, origins } = config
    if (values['proxyProtocol.mode'] !== 'optional' || values['proxyProtocol.from'].length > 0) return config
    const message = 'expected proxyProtocol.from beside it: whom to believe; without, the PROXY protocol is off'
    this.#report.error(origins['proxyProtocol.mode'], 'ProxyProtocolFromAnybody', message)
    return overlay(config, { values: { 'proxyProtocol.mode': 'off' }, origins: {} })
  }

  #tellLoser({ ingressClass, config }: Configured, first: Configured): void {
    if (config === undefined || config === first.config) return
    const ignored = Object.keys(config.spec.values).filter((path) => !path.startsWith(ROUTES))
    if (ignored.length === 0) return
    const winner = `IngressClass ${first.ingressClass.metadata.name}, which is older`
    const message = `${ignored.join(', ')} of SluiceConfig ${config.metadata.name} are for the whole process and have no effect: those of ${winner}, hold`
    this.#report.warning(originOf(ingressClass, 'spec.parameters'), 'ProcessWideValuesIgnored', message)
  }
}

/** What holds for routes of which nothing is said. */
function routeDefaults(config: Effective<ConfigValues>): Effective<RouteValues> {
  const { values, origins } = below<RouteDefaults>(config, ROUTES)
  return { values: { ...DEFAULT_HOST_VALUES, ...values }, origins: { ...HOST_ORIGINS, ...origins } }
}

function layerOf(config: SluiceConfig): Layer<ConfigValues> {
  const { values } = config.spec
  const paths = Object.keys(values) as ConfigPath[]
  return { values, origins: Object.fromEntries(paths.map((path) => [path, originOf(config, `spec.${path}`)])) }
}

/** Why parameters cannot name a SluiceConfig. */
function misfit({ apiGroup = '', kind, scope = 'Cluster', namespace }: ClassParameters) {
  if (apiGroup !== OWN_GROUP) return { field: 'apiGroup', message: `expected ${OWN_GROUP}, not "${apiGroup}"` }
  if (kind !== plainKind(CONFIG_KIND))
    return { field: 'kind', message: `expected ${plainKind(CONFIG_KIND)}, not "${kind}"` }
  if (scope !== 'Cluster') return { field: 'scope', message: `expected Cluster, not "${scope}"` }
  if (namespace !== undefined) return { field: 'namespace', message: 'expected none: a SluiceConfig has no namespace' }
  return undefined
}
