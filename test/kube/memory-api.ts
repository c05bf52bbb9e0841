/** An API server as an object: single calls only, answered in the same turn, with every refusal on command. */
import type { KubeClient, PatchKind, Query } from '../../src/controller/source/kube/client.ts'
import { ApiError } from '../../src/controller/source/kube/errors.ts'
import { type Json, merged } from './merge-patch.ts'

export interface Write {
  readonly method: 'create' | 'update' | 'patch'
  readonly path: string
  readonly body: Json
}

/** What is to happen to a call instead of an answer; `undefined` lets it pass. */
export type Gate = (method: Write['method'] | 'get', path: string) => Error | Promise<never> | undefined

export class MemoryApi implements KubeClient {
  readonly objects = new Map<string, Json>()
  /** Calls that were let through, and accepted. */
  readonly writes: Write[] = []
  /** All calls that would change something. */
  attempts = 0
  gate: Gate = () => undefined
  #version = 0

  put(path: string, object: Json): void {
    this.#store(path, object)
  }

  async get(path: string, _query?: Query): Promise<unknown> {
    await this.#pass('get', path)
    return this.#find(path)
  }

  async create(path: string, body: object): Promise<unknown> {
    await this.#pass('create', path)
    const { name } = (body as { metadata: { name: string } }).metadata
    if (this.objects.has(`${path}/${name}`)) throw refusal(409, 'AlreadyExists')
    return this.#accept('create', `${path}/${name}`, { path, body: body as Json, stored: body as Json })
  }

  async update(path: string, body: object): Promise<unknown> {
    await this.#pass('update', path)
    const found = this.#find(path)
    const version = (object: Json) => (object.metadata as Json | undefined)?.resourceVersion
    if (version(body as Json) !== version(found)) throw refusal(409, 'Conflict')
    return this.#accept('update', path, { path, body: body as Json, stored: body as Json })
  }

  async patch(path: string, body: unknown, { kind }: { kind: PatchKind }): Promise<unknown> {
    await this.#pass('patch', path)
    if (kind !== 'merge') throw refusal(415)
    const at = path.replace(/\/status$/, '')
    return this.#accept('patch', at, { path, body: body as Json, stored: merged(this.#find(at), body as Json) })
  }

  watch(): Promise<void> {
    return Promise.reject(new Error('nothing can be watched here'))
  }

  async #pass(method: Write['method'] | 'get', path: string): Promise<void> {
    if (method !== 'get') this.attempts++
    const fault = this.gate(method, path)
    if (fault instanceof Error) throw fault
    await fault
  }

  #find(path: string): Json {
    const found = this.objects.get(path)
    if (found === undefined) throw refusal(404, 'NotFound')
    return found
  }

  #accept(
    method: Write['method'],
    at: string,
    { path, body, stored }: { path: string; body: Json; stored: Json },
  ): Json {
    this.writes.push({ method, path, body })
    return this.#store(at, stored)
  }

  #store(path: string, object: Json): Json {
    const metadata = { ...(object.metadata as Json | undefined), resourceVersion: String(++this.#version) }
    const stored = { ...object, metadata }
    this.objects.set(path, stored)
    return stored
  }
}

export function refusal(status: number, reason = '', more: { readonly retryAfterMs?: number } = {}): ApiError {
  return new ApiError(`refused with ${status}`, { status, reason, causes: [], ...more })
}

/** Lets everything that is settled run on; no clock moves. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise<void>((resolve) => process.nextTick(resolve))
}

/** A log that remembers, and tells of each line. */
export function testLog(onLine = () => {}) {
  const lines: string[] = []
  const level = (name: string) => (fields: object, text: string) => {
    lines.push(`${name}: ${text} ${JSON.stringify(fields)}`)
    onLine()
  }
  return { lines, info: level('info'), warn: level('warn'), error: level('error') }
}
