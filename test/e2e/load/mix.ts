/** Requests of all kinds, each with an id of its own, so that what clients asked can be joined with what was executed. */
import { type Random, seededRandom } from '../../../src/lib/random.ts'
import type { Order } from './client.ts'

export interface MixSpec {
  /** Begins every id; the rest are numbers from 0 on. */
  readonly prefix: string
  readonly seed: number
  /** Share of clients that open a connection for each of their requests. */
  readonly newConnections: number
  /** Share of requests that are POST; the others are GET. */
  readonly posts: number
  /** Share of requests that take a while. */
  readonly slow: number
  readonly slowMs: number
}

const BODY = 'x'.repeat(100)

export class Mix {
  readonly #spec: MixSpec
  readonly #random: Random
  readonly #host: string
  #count = 0
  /** How many of them were POST. */
  posts = 0

  constructor(spec: MixSpec, host: string) {
    this.#spec = spec
    this.#host = host
    this.#random = seededRandom(spec.seed)
  }

  /** @param place of this client among all, from 0 to 1. @returns what it asks for, one by one. */
  client(place: number): () => Order {
    const connection = place < this.#spec.newConnections ? 'Connection: close\r\n' : ''
    return () => this.#next(connection)
  }

  #next(connection: string): Order {
    const { prefix, posts, slow, slowMs } = this.#spec
    const id = `${prefix}-${this.#count++}`
    const isPost = this.#random() < posts
    if (isPost) this.posts++
    const path = this.#random() < slow ? `/slow?ms=${slowMs}&id=${id}` : `/?id=${id}`
    const start = `${isPost ? 'POST' : 'GET'} ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n${connection}`
    const rest = isPost ? `Content-Length: ${BODY.length}\r\n\r\n${BODY}` : '\r\n'
    return { name: `${isPost ? 'POST' : 'GET'} ${id}`, text: start + rest }
  }
}
