/** The addresses of the Service in front of us, followed wherever it is, and whatever else is watched. */
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import type { KubeClient } from '../source/kube/client.ts'
import type { Change } from '../source/kube/known.ts'
import type { KubeLog } from '../source/kube/kube.ts'
import { type Health, Reflector } from '../source/kube/reflector.ts'
import { PUBLISHED_SERVICE } from '../source/kube/resources.ts'
import type { AddressSource } from './address-source.ts'
import { addressesOfService, type PublishedAddress } from './addresses.ts'

export interface PublishedServiceInit {
  /** `namespace/name`. */
  readonly service: string
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: Random
  readonly log: KubeLog
}

export class PublishedService implements AddressSource {
  readonly #init: PublishedServiceInit
  readonly #reflector: Reflector
  #current: readonly PublishedAddress[] | undefined
  #changed = () => {}
  #said: string | undefined

  constructor(init: PublishedServiceInit) {
    this.#init = init
    const [namespace = '', name = ''] = init.service.split('/')
    this.#reflector = new Reflector({
      ...init,
      row: { ...PUBLISHED_SERVICE, fieldSelector: `metadata.name=${name}` },
      namespace,
      onChange: (change) => this.#take(change),
      onHealth: (health) => this.#judge(health),
      onDefect: (error) => init.log.error({ err: error }, 'a change of the Service to publish could not be taken in'),
    })
  }

  get current(): readonly PublishedAddress[] | undefined {
    return this.#current
  }

  start(changed: () => void): void {
    this.#changed = changed
    void this.#reflector.start().then(() => {
      if (this.#reflector.size === 0 && this.#reflector.health.condition === 'live')
        this.#say('there is no such Service')
    })
  }

  stop(): void {
    this.#reflector.stop()
  }

  #take({ upserts }: Change): void {
    const found = upserts.at(-1)
    if (found === undefined) {
      this.#current = undefined
      return this.#say('it is gone')
    }
    this.#said = undefined
    this.#current = addressesOfService(found.object)
    if (this.#current === undefined) this.#say('it cannot be read')
    this.#changed()
  }

  #judge({ condition, failure }: Health): void {
    if (condition === 'forbidden') this.#say(failure ?? 'reading it is forbidden')
  }

  #say(reason: string): void {
    if (this.#said === reason) return
    this.#said = reason
    const fate = 'the addresses of Ingresses stay as they are'
    this.#init.log.warn({ service: this.#init.service, reason }, `the Service to publish is not known: ${fate}`)
  }
}
