/** All objects of a kind at one point in time, in pages: no single answer has to be held as a whole. */
import { isObject } from '../../../lib/shape.ts'
import type { KubeClient } from './client.ts'
import { ApiError, Garbled, TooLarge } from './errors.ts'

const PAGE_SIZE = 500

export interface ListRequest<T> {
  readonly path: string
  readonly fieldSelector: string | undefined
  /** Takes what is needed from each object; the rest of its page can then be forgotten. */
  readonly read: (item: unknown) => T
}

export interface Listing<T> {
  readonly items: readonly T[]
  /** The point in time: where a watch goes on. */
  readonly resourceVersion: string
}

/** @throws an error of `errors.ts`; nothing of a list that is not complete is given. */
export async function listAll<T>(client: KubeClient, request: ListRequest<T>): Promise<Listing<T>> {
  let limit = PAGE_SIZE
  for (;;) {
    try {
      return await listPages(client, request, limit)
    } catch (error) {
      if (error instanceof TooLarge && limit > 1) limit = Math.max(1, Math.floor(limit / 10))
      // The pages took longer than the server remembers that point in time: all at once, it needs no memory.
      else if (error instanceof ApiError && error.status === 410 && limit > 0) limit = 0
      else throw error
    }
  }
}

async function listPages<T>(client: KubeClient, request: ListRequest<T>, limit: number): Promise<Listing<T>> {
  const items: T[] = []
  let next: string | undefined
  for (;;) {
    const page = await client.get(request.path, {
      limit: limit === 0 ? undefined : limit,
      continue: next,
      fieldSelector: request.fieldSelector,
    })
    if (!isObject(page) || !isObject(page.metadata)) throw new Garbled('the API server sent a list without metadata')
    const { resourceVersion, continue: more } = page.metadata
    // A list without items may say `null`.
    const found: unknown = page.items ?? []
    if (!Array.isArray(found)) throw new Garbled('the API server sent a list whose items are no list')
    for (const item of found) items.push(request.read(item))
    if (typeof more === 'string' && more !== '') {
      next = more
      continue
    }
    if (typeof resourceVersion !== 'string') throw new Garbled('the API server sent a list without resourceVersion')
    return { items, resourceVersion }
  }
}
