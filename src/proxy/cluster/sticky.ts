/**
 * Keeps a client at one endpoint by a cookie. `persistent`: the cookie says which endpoint, by a keyed hash of its
 * address that tells nobody the address and that every worker and replica comes to by itself, whatever the order of the
 * list and across restarts; the client stays for as long as the endpoint may get requests. `balanced`: the cookie says
 * which session, and sessions are spread by consistent hashing: when endpoints come, each takes over its share of them.
 */
import { createHmac } from 'node:crypto'
import { hashText } from '../../lib/hash.ts'
import type { Random } from '../../lib/random.ts'
import type { StickySpec } from '../../model/cluster.ts'
import type { Candidate, Picker } from '../balance/picker.ts'
import { cookieOf, isSessionId, newSessionId, SESSION_ID_LENGTH, setCookie } from '../cookie.ts'

import type { Asking, Endpoint } from '../types.ts'

/** Who gets a request that no cookie speaks for. */
export interface Otherwise {
  readonly avoid: Endpoint | undefined
  /** What the balancer hashes of the request. */
  readonly hash: number
  readonly picker: Picker
}

export class Sticky {
  readonly #spec: StickySpec
  readonly #random: Random
  /** By address, since lists of endpoints are replaced all the time and addresses are not. */
  readonly #marks = new Map<string, string>()
  #endpoints: ReadonlyMap<string, Endpoint> = new Map()

  constructor(spec: StickySpec, random: Random) {
    this.#spec = spec
    this.#random = random
  }

  /**
   * From now on these may get requests. Clients of all others are given a new home and a new cookie; those of endpoints
   * that are leaving only where nobody has asked for more patience.
   */
  use(candidates: readonly Candidate[], leaving: readonly Endpoint[]): void {
    const homes = [...(this.#spec.untilEnd ? leaving : []), ...candidates.map(({ endpoint }) => endpoint)]
    const ids = new Set(homes.map(({ id }) => id))
    for (const id of this.#marks.keys()) if (!ids.has(id)) this.#marks.delete(id)
    if (this.#spec.mode === 'balanced') return
    this.#endpoints = new Map(homes.map((endpoint) => [this.#markOf(endpoint), endpoint]))
  }

  get mode(): StickySpec['mode'] {
    return this.#spec.mode
  }

  /** Notes on the exchange what cookie the answer is to set, where the client has none that still holds. */
  pick(exchange: Asking, otherwise: Otherwise): Endpoint | undefined {
    const given = cookieOf(exchange.requestHeaders, this.#spec.cookie)
    if (this.#spec.mode === 'persistent') return this.#byEndpoint(exchange, given, otherwise)
    const session = given !== undefined && isSessionId(given) ? given : this.#newSession(exchange)
    return otherwise.picker.pick(otherwise.avoid, hashText(session))
  }

  #byEndpoint(exchange: Asking, given: string | undefined, { avoid, hash, picker }: Otherwise): Endpoint | undefined {
    const known = given === undefined ? undefined : this.#endpoints.get(given)
    if (known !== undefined && known !== avoid) {
      exchange.stickyCookie = ''
      return known
    }
    const endpoint = picker.pick(avoid, hash)
    if (endpoint !== undefined) exchange.stickyCookie = this.#cookie(this.#markOf(endpoint), exchange)
    return endpoint
  }

  #newSession(exchange: Asking): string {
    const session = newSessionId(this.#random)
    exchange.stickyCookie = this.#cookie(session, exchange)
    return session
  }

  #markOf({ id }: Endpoint): string {
    let mark = this.#marks.get(id)
    if (mark === undefined) {
      mark = createHmac('sha256', this.#spec.key).update(id).digest('base64url').slice(0, SESSION_ID_LENGTH)
      this.#marks.set(id, mark)
    }
    return mark
  }

  #cookie(value: string, { scheme }: Asking): string {
    const { cookie: name, path, maxAgeS, sameSite } = this.#spec
    return setCookie({ name, value, path, maxAgeS, sameSite }, scheme)
  }
}
