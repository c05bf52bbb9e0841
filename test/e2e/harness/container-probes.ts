/** The probes of one run of a container, and what follows from them. */
import type { V1Container } from '@kubernetes/client-node'
import { type ProbeKind, ProbeRunner } from './probe.ts'

export interface ContainerProbesInit {
  readonly container: V1Container
  readonly address: string
  readonly exec: (argv: readonly string[]) => Promise<number>
  /** While it says so, nobody asks. */
  readonly paused: () => boolean
  /** `started` or `ready` is another. */
  readonly onChange: () => void
  /** Its startup or liveness probe has failed for good. */
  readonly onDead: (kind: ProbeKind) => void
}

export class ContainerProbes {
  readonly #runners = new Map<ProbeKind, ProbeRunner>()
  #started: boolean
  #ready: boolean

  constructor(init: ContainerProbesInit) {
    const { container, onChange, onDead } = init
    const { startupProbe, livenessProbe, readinessProbe } = container
    this.#started = startupProbe === undefined
    this.#ready = readinessProbe === undefined
    const add = (kind: ProbeKind, onVerdict: (passed: boolean) => void) => {
      const probe = { startup: startupProbe, liveness: livenessProbe, readiness: readinessProbe }[kind]
      if (probe === undefined) return
      // Nobody asks a container that has not started whether it lives.
      const paused = () => init.paused() || (kind !== 'startup' && !this.#started)
      this.#runners.set(kind, new ProbeRunner({ ...init, kind, probe, paused, onVerdict }))
    }
    add('startup', (passed) => {
      if (!passed) return onDead('startup')
      this.#started = true
      this.stop('startup')
      onChange()
    })
    add('liveness', (passed) => {
      if (!passed) onDead('liveness')
    })
    add('readiness', (passed) => {
      this.#ready = passed
      onChange()
    })
  }

  get started(): boolean {
    return this.#started
  }

  get ready(): boolean {
    return this.#started && this.#ready
  }

  stop(...kinds: readonly ProbeKind[]): void {
    for (const kind of kinds) this.#runners.get(kind)?.stop()
  }
}
