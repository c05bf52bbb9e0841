/**
 * What objects of our own group say, and the classes that make them count. Made anew as a whole, since there are few of
 * them beside Ingresses; but only where one of them changed, or what stands at the other end of their references.
 */
import type { Problem } from '../../model/problem.ts'
import type { ProxySettings } from '../../model/settings.ts'
import { entryOf } from '../../model/snapshot.ts'
import type { TlsSpec } from '../../model/tls.ts'
import { isOwnKind, type Ref } from '../api/kubernetes/metadata.ts'
import { settingsOf } from '../api/sluice-config.ts'
import type { Asked } from './asked.ts'
import { Classes } from './classes.ts'
import type { Inputs } from './cluster-part.ts'
import { Configs } from './configs.ts'
import type { Parts } from './parts.ts'
import { Policies } from './policies.ts'
import { rateLimitEntries } from './rate-limits.ts'
import { Report } from './report.ts'
import { Standings } from './standings.ts'
import type { View } from './view.ts'

/** Of one state of all of these objects: as long as nothing changes it is the same object. */
export interface Rulebook {
  readonly classes: Classes
  readonly configs: Configs
  readonly policies: Policies
  readonly settings: ProxySettings
  /** What holds for the whole process, as text. */
  readonly processWide: string
  /** How TLS is spoken where nobody says otherwise. */
  readonly tls: TlsSpec
  readonly problems: readonly Problem[]
}

export class KeptPolicies {
  readonly #asked: Asked
  #rulebook: Rulebook | undefined
  #isPut = false
  #standings: Standings | undefined

  constructor(asked: Asked) {
    this.#asked = asked
  }

  /** @throws Error before the first update. */
  get current(): Rulebook {
    if (this.#rulebook === undefined) throw new Error('nothing was translated yet')
    return this.#rulebook
  }

  /** @param changed all that did since the last time. */
  update(changed: ReadonlySet<Ref>, inputs: Inputs): Rulebook {
    if (this.#rulebook !== undefined && this.#holds(changed, inputs.view)) return this.#rulebook
    const report = new Report()
    const { view, options } = inputs
    const classes = new Classes(view, options)
    const configs = new Configs({ view, options, classes: classes.own, report })
    const standings = new Standings(view, classes)
    const isOurs = (className: string) => classes.isOurs(className)
    const policies = new Policies({ view, configs, standings, isOurs, options, report })
    this.#standings = standings
    this.#asked.note('policies', standings.asked)
    const settings = settingsOf(configs.global.values)
    const processWide = JSON.stringify(configs.global.values)
    this.#rulebook = { classes, configs, policies, settings, processWide, tls: settings.tls, problems: report.problems }
    this.#isPut = false
    return this.#rulebook
  }

  /** What of it is there for the whole process, and what is wrong with it. */
  put(parts: Parts): void {
    if (this.#isPut) return
    this.#isPut = true
    const { settings, policies, problems } = this.current
    parts.put('settings', { entries: [entryOf('settings', 'global', settings)] })
    parts.put('policies', { entries: policies.limits.asked.flatMap(rateLimitEntries), problems })
  }

  #holds(changed: ReadonlySet<Ref>, view: View): boolean {
    for (const ref of changed) {
      const [kind = ''] = ref.split('/')
      if (kind === 'IngressClass' || isOwnKind(kind)) return false
      if (this.#standings?.hold(ref, view) === false) return false
    }
    return true
  }
}
