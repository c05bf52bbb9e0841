/** All objects of one kind, followed for ever: what controllers call an informer. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ApiClient, ApiError, type KubeObject } from './api-client.ts'

const RETRY_MS = 250

export interface WatcherSpec<T> {
  readonly client: ApiClient
  /** Of the list: `/api/v1/pods`. */
  readonly path: string
  /** An object that is new or different. */
  readonly onSet: (object: T) => void
  readonly onGone: (object: T) => void
}

export class Watcher<T extends KubeObject> {
  readonly #spec: WatcherSpec<T>
  readonly #objects = new Map<string, T>()
  readonly #ending = new AbortController()
  readonly #synced = Promise.withResolvers<void>()

  constructor(spec: WatcherSpec<T>) {
    this.#spec = spec
  }

  get objects(): Iterable<T> {
    return this.#objects.values()
  }

  find(namespace: string, name: string): T | undefined {
    return this.#objects.get(`${namespace}/${name}`)
  }

  /** Resolves once the first list is in; the watcher goes on until it is stopped. */
  start(): Promise<void> {
    void this.#follow()
    return this.#synced.promise
  }

  stop(): void {
    this.#ending.abort()
  }

  async #follow(): Promise<void> {
    let resourceVersion: string | undefined
    while (!this.#ending.signal.aborted) {
      try {
        resourceVersion ??= await this.#list()
        this.#synced.resolve()
        resourceVersion = await this.#watch(resourceVersion)
      } catch (error) {
        if (this.#ending.signal.aborted) return
        // Any refusal of a watch, 410 first of all, is answered by reading everything again.
        if (error instanceof ApiError) resourceVersion = undefined
        await sleep(RETRY_MS, undefined, { signal: this.#ending.signal }).catch(() => {})
      }
    }
  }

  async #list(): Promise<string> {
    const { items, metadata } = await this.#spec.client.list<T>(this.#spec.path)
    const before = new Map(this.#objects)
    for (const item of items) {
      before.delete(keyOf(item))
      this.#set(item)
    }
    for (const object of before.values()) this.#gone(object)
    return metadata.resourceVersion
  }

  async #watch(from: string): Promise<string> {
    let resourceVersion = from
    const onEvent = (type: string, object: T) => {
      resourceVersion = object.metadata.resourceVersion ?? resourceVersion
      if (type === 'DELETED') this.#gone(object)
      else if (type !== 'BOOKMARK') this.#set(object)
    }
    const { client, path } = this.#spec
    // A connection that breaks is one that ended: what was seen counts.
    await client.watch<T>({ path, resourceVersion, signal: this.#ending.signal, onEvent }).catch((error) => {
      if (error instanceof ApiError) throw error
    })
    await sleep(RETRY_MS, undefined, { signal: this.#ending.signal }).catch(() => {})
    return resourceVersion
  }

  #set(object: T): void {
    const key = keyOf(object)
    const known = this.#objects.get(key)
    if (known?.metadata.resourceVersion === object.metadata.resourceVersion) return
    if (known !== undefined && known.metadata.uid !== object.metadata.uid) this.#gone(known)
    this.#objects.set(key, object)
    this.#spec.onSet(object)
  }

  #gone(object: T): void {
    if (this.#objects.delete(keyOf(object))) this.#spec.onGone(object)
  }
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}
