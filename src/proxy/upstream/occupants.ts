/**
 * Pools with connections, by their endpoint. There may be several for one: of other Services, of another protocol, and of
 * a time when the endpoint was known already, before it was not ready for a while or no route led to it. Its end concerns
 * them all.
 */
export interface Occupant {
  /** `address:port`, IPv6 in brackets. */
  readonly id: string
  /** The endpoint ends. @param graceMs how long it has, from when this was first said. */
  depart(graceMs: number): void
}

export class Occupants {
  readonly #byEndpoint = new Map<string, Set<Occupant>>()

  of(id: string): Iterable<Occupant> {
    return this.#byEndpoint.get(id) ?? []
  }

  entered(occupant: Occupant): void {
    const others = this.#byEndpoint.get(occupant.id)
    if (others === undefined) this.#byEndpoint.set(occupant.id, new Set([occupant]))
    else others.add(occupant)
  }

  vacated(occupant: Occupant): void {
    const others = this.#byEndpoint.get(occupant.id)
    if (others?.delete(occupant) === true && others.size === 0) this.#byEndpoint.delete(occupant.id)
  }
}
