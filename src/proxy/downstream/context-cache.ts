/**
 * Contexts of OpenSSL that are in use: made when a client first asks, kept while clients go on asking. Each takes about
 * 45 KiB outside of the heap, so that one for each of ten thousand certificates would be as much as all the rest: those
 * that nobody has asked for longest are made anew when somebody does, at a fraction of what the handshake itself costs.
 */
import type { SecureContext } from 'node:tls'

/** The collector sees a small object, and would take its time. Open connections keep what they began with. */
interface PrivateParts {
  readonly close?: () => void
}

export class ContextCache {
  readonly #most: number
  /** In the order of their last use. */
  readonly #made = new Map<string, SecureContext>()

  /** @param most contexts at a time. */
  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#made.size
  }

  /** @param key all that it is made of: the same key, the same context. */
  get(key: string, make: () => SecureContext): SecureContext {
    const known = this.#made.get(key)
    const context = known ?? make()
    this.#made.delete(key)
    this.#made.set(key, context)
    if (known === undefined && this.#made.size > this.#most) this.#drop(this.#made.keys().next().value!)
    return context
  }

  /** Those with this in their key are not to be had any more. */
  forget(part: string): void {
    for (const key of [...this.#made.keys()]) if (key.includes(part)) this.#drop(key)
  }

  clear(): void {
    this.forget('')
  }

  #drop(key: string): void {
    const { context } = this.#made.get(key)!
    this.#made.delete(key)
    ;(context as PrivateParts).close?.()
  }
}
