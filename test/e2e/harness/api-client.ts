/**
 * A client for the API server: JSON over HTTP, nothing more. It shares no code with the product, so that a defect there
 * cannot hide itself.
 */
import type { IncomingMessage } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import { text } from 'node:stream/consumers'

export interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[]
}

export interface KubeObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: Metadata
}

export interface List<T> {
  readonly metadata: { readonly resourceVersion: string }
  readonly items: readonly T[]
}

/** An answer of the API server that is no success. */
export class ApiError extends Error {
  readonly status: number
  /** `NotFound`, `AlreadyExists`, `Conflict`, ... */
  readonly reason: string

  constructor(status: number, call: string, body: string) {
    const { reason, message } = statusIn(body)
    super(`${call}: ${status} ${message}`)
    this.status = status
    this.reason = reason
  }
}

export interface ApiAccess {
  /** `https://10.244.0.1:6443`. */
  readonly server: string
  /** What `node:https` needs to trust the server and to be known there. */
  readonly tls: Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'headers' | 'rejectUnauthorized' | 'servername'>
}

export const PATCH = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

export interface WatchSpec<T> {
  readonly path: string
  readonly resourceVersion: string
  readonly signal: AbortSignal
  readonly onEvent: (type: string, object: T) => void
}

/** Every method rejects with an `ApiError`, or with an error of the connection. Paths are those of the API. */
export class ApiClient {
  readonly #access: ApiAccess
  readonly #agent: Agent

  constructor(access: ApiAccess) {
    this.#access = access
    this.#agent = new Agent({ keepAlive: true })
  }

  get<T = KubeObject>(path: string): Promise<T> {
    return this.#call('GET', path)
  }

  list<T = KubeObject>(path: string): Promise<List<T>> {
    return this.#call('GET', path)
  }

  create<T = KubeObject>(path: string, body: object): Promise<T> {
    return this.#call('POST', path, { type: 'application/json', body })
  }

  replace<T = KubeObject>(path: string, body: object): Promise<T> {
    return this.#call('PUT', path, { type: 'application/json', body })
  }

  patch<T = KubeObject>(path: string, body: object, kind: keyof typeof PATCH = 'merge'): Promise<T> {
    return this.#call('PATCH', path, { type: PATCH[kind], body })
  }

  delete<T = KubeObject>(path: string, options: object = {}): Promise<T> {
    return this.#call('DELETE', path, { type: 'application/json', body: options })
  }

  /** As text, whatever it is: `/metrics`, `/readyz`. */
  async text(path: string): Promise<string> {
    return await text(await this.#open('GET', path))
  }

  /** Resolves when the server ends the stream. */
  async watch<T>({ path, resourceVersion, signal, onEvent }: WatchSpec<T>): Promise<void> {
    const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${resourceVersion}`
    const response = await this.#open('GET', `${path}${path.includes('?') ? '&' : '?'}${query}`, { signal })
    let rest = ''
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const { type, object } = JSON.parse(line) as { type: string; object: T }
        if (type === 'ERROR') throw new ApiError((object as { code: number }).code, path, JSON.stringify(object))
        onEvent(type, object)
      }
    }
  }

  close(): void {
    this.#agent.destroy()
  }

  async #call<T>(method: string, path: string, sent?: { type: string; body: object }): Promise<T> {
    const response = await this.#open(method, path, sent ?? {})
    return JSON.parse(await text(response)) as T
  }

  async #open(
    method: string,
    path: string,
    { type, body, signal }: { type?: string; body?: object; signal?: AbortSignal } = {},
  ): Promise<IncomingMessage> {
    const { server, tls } = this.#access
    const content = body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(json(body)) }
    const headers = { accept: 'application/json', 'user-agent': 'sluice-e2e', ...tls.headers, ...content }
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const sent = request(new URL(path, server), {
      ...tls,
      method,
      headers: headers as Record<string, string>,
      agent: this.#agent,
      ...(signal === undefined ? {} : { signal }),
    })
    sent.once('response', resolve).on('error', reject)
    sent.end(body === undefined ? undefined : json(body))
    const response = await promise
    const status = response.statusCode ?? 0
    if (status >= 200 && status < 300) return response
    throw new ApiError(status, `${method} ${path}`, await text(response))
  }
}

function json(body: object): string {
  return JSON.stringify(body)
}

function statusIn(body: string): { readonly reason: string; readonly message: string } {
  try {
    const { reason = '', message = body } = JSON.parse(body) as { reason?: string; message?: string }
    return { reason, message }
  } catch {
    return { reason: '', message: body }
  }
}
