/** One Event on its way: made, or told again where it is there. */
import type { Clock } from '../../lib/clock.ts'
import { microTime } from '../api/kubernetes/time.ts'
import type { KubeClient } from '../source/kube/client.ts'
import { ApiError } from '../source/kube/errors.ts'
import { EVENTS, writePath } from '../source/kube/writes.ts'
import { eventBody, eventName, eventNamespace, type Incident, seriesPatch } from './event-body.ts'

export interface EventWriterInit {
  readonly client: KubeClient
  readonly clock: Clock
  /** What this replica is called. */
  readonly identity: string
}

export class EventWriter {
  readonly #init: EventWriterInit

  constructor(init: EventWriterInit) {
    this.#init = init
  }

  /**
   * @param before how often we told it.
   * @returns how often it was told by now, as far as we know.
   * @throws an error of `errors.ts`.
   */
  async tell(incident: Incident, before: number): Promise<number> {
    if (before > 0 && (await this.#repeat(incident, before + 1))) return before + 1
    if (await this.#create(incident)) return 1
    // One of another replica, or of another life, is there already.
    await this.#repeat(incident, 2)
    return 2
  }

  /** @returns whether it was not there yet. */
  #create(incident: Incident): Promise<boolean> {
    const { client, identity } = this.#init
    const body = eventBody(incident, { now: this.#now(), identity })
    return unless(409, client.create(writePath(EVENTS, eventNamespace(incident)), body))
  }

  /** @returns whether it was there. */
  #repeat(incident: Incident, count: number): Promise<boolean> {
    const path = `${writePath(EVENTS, eventNamespace(incident))}/${eventName(incident)}`
    return unless(404, this.#init.client.patch(path, seriesPatch(count, this.#now()), { kind: 'merge' }))
  }

  #now(): string {
    return microTime(this.#init.clock.wall())
  }
}

async function unless(status: number, answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === status) return false
    throw error
  }
}
