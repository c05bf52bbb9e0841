/** One call under way, from the dial to the last byte: it can be ended at every stage, and says in words why it was. */
import type { Buffer } from 'node:buffer'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Garbled, Unreachable } from './errors.ts'

export class Line {
  readonly #hungUp = Promise.withResolvers<never>()
  #stream: ClientRequest | IncomingMessage | undefined
  /** Why we ended it, where we did: whatever else goes wrong then is a consequence. */
  failure: Error | undefined

  constructor() {
    this.#hungUp.promise.catch(() => {})
  }

  hangUp(failure: Error): void {
    this.failure ??= failure
    this.#hungUp.reject(failure)
    this.#stream?.destroy(failure)
  }

  /** @throws what `hangUp` was told, at once, even where the work goes on for ever. */
  unlessHungUp<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#hungUp.promise])
  }

  /** Sends the body and waits for the head of the answer. */
  async answer(request: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    this.#stream = request
    request.on('response', resolve)
    // This listener stays: an error after the answer has begun also comes out of reading it.
    request.on('error', (error) => reject(unreachable(error)))
    request.end(body)
    const response = await promise
    this.#stream = response
    return response
  }
}

/** The parts of a body as they come. @throws Unreachable where it ends before its end. */
export async function* chunksOf(response: IncomingMessage): AsyncGenerator<Buffer> {
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  try {
    for (;;) {
      const { done, value } = await chunks.next().catch((error: unknown) => Promise.reject(unreachable(error)))
      if (done === true) return
      yield value
    }
  } finally {
    await chunks.return?.()
  }
}

const GARBLED = Symbol('garbled')

/** @throws Garbled where this is not JSON. */
export function parse(text: string): unknown {
  const value = parseOr(text, GARBLED)
  if (value === GARBLED) throw new Garbled('the API server sent something that is not JSON')
  return value
}

export function parseOr<T>(text: string, otherwise: T): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return otherwise
  }
}

function unreachable(error: unknown): Unreachable {
  if (error instanceof Unreachable) return error
  // Where several addresses were tried, what happened stands in the parts.
  const parts = error instanceof AggregateError ? error.errors : [error]
  const words = parts.map((part) => (part instanceof Error ? part.message : String(part)))
  return new Unreachable([...new Set(words)].join('; '), { cause: error })
}
