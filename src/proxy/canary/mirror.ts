/**
 * Copies of requests for a shadow Service. The original neither waits for its copy nor is held up by it: a copy is sent
 * once its request has gone out as a whole, its answer is read and thrown away, and where there are too many of them, or
 * a body is too large to be kept beside, there is none.
 */
import type { Random } from '../../lib/random.ts'
import { Exchange } from '../exchange.ts'
import type { Route } from '../types.ts'
import { CopyingDownstream } from './copying-downstream.ts'
import { ShadowClient } from './shadow-client.ts'

/**
 * `same`, `different`: the shadow answered, with the status that the client got or with another one. `failed`: it gave no
 * whole answer. `skipped`: no copy was sent, since there were too many or the body was too large or did not come whole.
 */
export const MIRROR_OUTCOMES = ['same', 'different', 'failed', 'skipped'] as const
export type MirrorOutcome = (typeof MIRROR_OUTCOMES)[number]

/** Of one canary in one worker at a time. */
const MOST_COPIES = 128
/** The largest body that is copied. */
const MOST_COPIED_BYTES = 65_536

export class Mirror {
  readonly outcomes: Record<MirrorOutcome, number> = { same: 0, different: 0, failed: 0, skipped: 0 }
  /** Of the requests, by chance. */
  percent = 0
  readonly #random: Random
  #copies = 0

  constructor(random: Random) {
    this.#random = random
  }

  /**
   * To be called before the request is served.
   * @returns what to call as soon as it is on its way; `undefined` where there is no copy.
   */
  take(exchange: Exchange, shadow: Route): (() => void) | undefined {
    // Two sides of an upgraded connection talk to each other: there is nobody the copy could talk to.
    if (this.percent === 0 || exchange.upgrade !== '' || this.#random() * 100 >= this.percent) return undefined
    if (this.#copies >= MOST_COPIES || exchange.bodyLength > MOST_COPIED_BYTES) {
      this.outcomes.skipped++
      return undefined
    }
    this.#copies++
    const copy = new Copy(exchange, shadow, (outcome) => {
      this.#copies--
      this.outcomes[outcome]++
    })
    return () => copy.served()
  }
}

/** One request and its copy, until both are over. */
class Copy {
  readonly #original: Exchange
  readonly #shadow: Route
  readonly #settle: (outcome: MirrorOutcome) => void
  /** Keeps the body; absent where there is none. */
  readonly #body: CopyingDownstream | undefined
  #copy: Exchange | undefined
  #ended = { original: false, copy: false }

  constructor(original: Exchange, shadow: Route, settle: (outcome: MirrorOutcome) => void) {
    this.#original = original
    this.#shadow = shadow
    this.#settle = settle
    original.whenFinished(() => this.#end('original'))
    if (!original.hasBody) return
    this.#body = new CopyingDownstream(original.downstream, { most: MOST_COPIED_BYTES, whole: () => this.#send() })
    original.downstream = this.#body
  }

  served(): void {
    if (this.#body === undefined) this.#send()
  }

  #send(): void {
    const client = new ShadowClient(this.#body?.kept)
    const observer = { finished: () => this.#end('copy') }
    this.#copy = new Exchange({ ...this.#original, persistent: true }, client, observer)
    this.#copy.route = this.#shadow
    client.exchange = this.#copy
    this.#shadow.act(this.#copy)
  }

  #end(which: 'original' | 'copy'): void {
    this.#ended[which] = true
    if (this.#copy === undefined) this.#settle('skipped')
    else if (this.#ended.original && this.#ended.copy) this.#settle(this.#outcome(this.#copy))
  }

  #outcome({ fault, status }: Exchange): MirrorOutcome {
    if (fault !== undefined) return 'failed'
    return status === this.#original.status ? 'same' : 'different'
  }
}
