/**
 * Server-side apply, as far as statuses go: who applied a field owns it until somebody else writes another value, or
 * shares it who writes the same; what one does not apply any more goes where nobody else owns it. Addresses are one
 * field, and so is each condition, by its type.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Json, merged } from './merge-patch.ts'

interface Status {
  readonly loadBalancer?: Json
  readonly conditions?: readonly { readonly type: string }[]
}

export class Applied {
  /** By object: whose its addresses are. */
  readonly #owners = new Map<string, Set<string>>()

  /** @returns what the object becomes. */
  apply(object: string, found: Json, { body, manager }: { readonly body: Json; readonly manager: string }): Json {
    const { loadBalancer, conditions = [] } = (body.status ?? {}) as Status
    const there = (found.status ?? {}) as Status
    if (loadBalancer !== undefined) this.written(object, there.loadBalancer, loadBalancer)
    const owners = this.#owners.get(object) ?? new Set()
    this.#owners.set(object, owners)
    const isGone = loadBalancer === undefined && owners.delete(manager) && owners.size === 0
    if (loadBalancer !== undefined) owners.add(manager)
    const stays = (there.conditions ?? []).filter(({ type }) => !conditions.some((each) => each.type === type))
    return merged(found, {
      status: {
        ...(isGone ? { loadBalancer: null } : loadBalancer === undefined ? {} : { loadBalancer }),
        ...(conditions.length === 0 ? {} : { conditions: [...stays, ...conditions] }),
      },
    })
  }

  /** Somebody wrote addresses: where they are others, they are nobody else's any more. */
  written(object: string, before: unknown, after: unknown): void {
    if (!isDeepStrictEqual(before, after)) this.#owners.delete(object)
  }
}
