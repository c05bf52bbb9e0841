/**
 * An API server that does what it is told: lists in pages, watches with history and bookmarks, and every fault that a
 * real one would not produce on command. It speaks plain HTTP on loopback.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { Bell } from './bell.ts'
import { type Json, merged } from './merge-patch.ts'
import { Applied } from './server-side-apply.ts'

export interface RawObject {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown }
  readonly [field: string]: unknown
}

export interface Asked {
  readonly kind: 'list' | 'watch' | 'write' | 'other'
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  /** When it was answered, or left to its fault; milliseconds as `performance.now` gives them. */
  readonly at: number
}

/** Answers one request in place of the double. */
export type Fault = (response: ServerResponse, asked: Asked) => void

/** A write that was accepted. */
export interface Written {
  readonly method: string
  readonly path: string
  readonly body: Json
}

interface Event {
  readonly version: number
  readonly type: string
  readonly object: object
}

export class ApiDouble {
  readonly #bell: Bell
  readonly #server: Server
  readonly #objects = new Map<string, Map<string, RawObject>>()
  readonly #history = new Map<string, Event[]>()
  readonly #watches = new Map<string, Set<ServerResponse>>()
  readonly #faults: { readonly kind: Asked['kind']; readonly fault: Fault }[] = []
  readonly #applied = new Applied()
  readonly asked: Asked[] = []
  readonly written: Written[] = []
  /** Kinds it knows, by path; others get 404, from discovery too. */
  readonly kinds: Set<string>
  /** No request without this is let in, where there is one. */
  token: string | undefined
  /** Answers in place of the double where it says so. */
  intercept: (asked: Asked, response: ServerResponse) => boolean = () => false
  #version = 100
  #oldest = 0

  constructor(bell: Bell, kinds: readonly string[]) {
    this.#bell = bell
    this.kinds = new Set(kinds)
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Requests of one kind so far. */
  count(kind: Asked['kind']): number {
    return this.asked.filter((each) => each.kind === kind).length
  }

  last(kind: Asked['kind']): Asked {
    return this.asked.findLast((each) => each.kind === kind)!
  }

  /** Watches that are open now. */
  watching(path: string): number {
    return this.#watches.get(path)?.size ?? 0
  }

  put(path: string, object: RawObject): void {
    this.#applied.written(
      `${path} ${keyOf(object)}`,
      addressesIn(this.find(path, object.metadata)),
      addressesIn(object),
    )
    this.#store(path, object)
  }

  #store(path: string, object: RawObject): void {
    const all = this.#of(path)
    const type = all.has(keyOf(object)) ? 'MODIFIED' : 'ADDED'
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } }
    all.set(keyOf(object), stored)
    this.#happened(path, { version: this.#version, type, object: stored })
  }

  remove(path: string, object: RawObject): void {
    this.#of(path).delete(keyOf(object))
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } }
    this.#happened(path, { version: this.#version, type: 'DELETED', object: last })
  }

  bookmark(path: string): void {
    const object = { metadata: { resourceVersion: String(++this.#version) } }
    this.send(path, `${JSON.stringify({ type: 'BOOKMARK', object })}\n`)
  }

  /** Writes to all open watches as it is. */
  send(path: string, text: string): void {
    for (const response of this.#watches.get(path) ?? []) response.write(text)
  }

  /** Ends all watches in good order, or by cutting their connections. */
  endWatches(path: string, how: 'end' | 'cut' = 'end'): void {
    for (const response of this.#watches.get(path) ?? []) how === 'end' ? response.end() : response.destroy()
    this.#watches.delete(path)
  }

  /** From now on, nothing before this moment can be watched. */
  forgetHistory(): void {
    this.#oldest = ++this.#version
    this.#history.clear()
  }

  /** The next request of a kind gets this instead of an answer; several wait for their turn. */
  fail(kind: Asked['kind'], ...faults: readonly Fault[]): void {
    this.#faults.push(...faults.map((fault) => ({ kind, fault })))
  }

  #of(path: string): Map<string, RawObject> {
    const all = this.#objects.get(path) ?? new Map<string, RawObject>()
    this.#objects.set(path, all)
    return all
  }

  #happened(path: string, event: Event): void {
    const history = this.#history.get(path) ?? []
    this.#history.set(path, history)
    history.push(event)
    this.send(path, lineOf(event))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '', 'http://double')
    const isWrite = request.method !== 'GET'
    const kind = isWrite
      ? 'write'
      : query.has('watch')
        ? 'watch'
        : this.kinds.has(path) || query.has('limit')
          ? 'list'
          : 'other'
    const asked: Asked = {
      kind,
      method: request.method ?? '',
      path,
      query,
      headers: request.headers,
      at: performance.now(),
    }
    this.asked.push(asked)
    const fault = this.#faults.findIndex((each) => each.kind === kind)
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`) refuse(response, 401)
    else if (this.intercept(asked, response)) this.#bell.ring()
    else if (fault !== -1) this.#faults.splice(fault, 1)[0]!.fault(response, asked)
    else if (kind === 'write') void this.#write(asked, request, response)
    else if (kind === 'other') this.#other(path, response)
    else if (!this.kinds.has(path)) refuse(response, 404)
    else if (kind === 'list') this.#list(asked, response)
    else this.#watch(asked, response)
    this.#bell.ring()
  }

  #list({ path, query }: Asked, response: ServerResponse): void {
    const all = [...this.#of(path).values()]
    const from = Number(query.get('continue') ?? 0)
    const to = query.has('limit') ? from + Number(query.get('limit')) : all.length
    const rest = to < all.length ? { continue: String(to) } : {}
    reply(response, 200, { metadata: { resourceVersion: String(this.#version), ...rest }, items: all.slice(from, to) })
  }

  #watch({ path, query }: Asked, response: ServerResponse): void {
    const from = Number(query.get('resourceVersion'))
    if (from < this.#oldest) return refuse(response, 410, 'Expired')
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    for (const event of this.#history.get(path) ?? []) if (event.version > from) response.write(lineOf(event))
    const open = this.#watches.get(path) ?? new Set()
    this.#watches.set(path, open.add(response))
    response.on('close', () => {
      open.delete(response)
      this.#bell.ring()
    })
  }

  async #write({ method, path, query }: Asked, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await json(request)) as Json
    const isApply = request.headers['content-type'] === 'application/apply-patch+yaml'
    const outcome = this.#changed(method, path, { body, manager: isApply ? query.get('fieldManager')! : undefined })
    if (typeof outcome === 'number') refuse(response, outcome, outcome === 409 ? 'Conflict' : '')
    else {
      this.written.push({ method, path, body })
      const collection = this.#collection(method === 'POST' ? path : path.replace(/\/[^/]+(\/status)?$/, ''))
      this.#store(collection, outcome)
      reply(response, method === 'POST' ? 201 : 200, this.find(collection, outcome.metadata)!)
    }
    this.#bell.ring()
  }

  /** What an object becomes, or the status of the refusal. */
  #changed(method: string, path: string, { body, manager }: Change): RawObject | number {
    const [, namespace] = /\/namespaces\/([^/]+)\//.exec(path) ?? []
    if (method === 'POST') {
      const object = merged({ metadata: namespace === undefined ? {} : { namespace } }, body) as RawObject
      return this.find(this.#collection(path), object.metadata) === undefined ? object : 409
    }
    const [, collection = '', name = ''] = /^(.*)\/([^/]+)$/.exec(path.replace(/\/status$/, '')) ?? []
    const found = this.find(this.#collection(collection), { name, ...(namespace === undefined ? {} : { namespace }) })
    if (found === undefined) return 404
    if (manager !== undefined) {
      const object = `${this.#collection(collection)} ${keyOf(found)}`
      return this.#applied.apply(object, found, { body, manager }) as RawObject
    }
    if (method === 'PATCH') return merged(found, body) as RawObject
    const version = (body as RawObject).metadata.resourceVersion
    return version === found.metadata.resourceVersion ? (body as RawObject) : 409
  }

  /** Of a kind that is watched in all namespaces the objects are in one place, however they are written. */
  #collection(path: string): string {
    const everywhere = path.replace(/\/namespaces\/[^/]+/, '')
    return this.kinds.has(everywhere) ? everywhere : path
  }

  /** One object as it is now. */
  find(collection: string, { namespace = '', name }: RawObject['metadata']): RawObject | undefined {
    return this.#of(collection).get(`${namespace}/${name}`)
  }

  /** Discovery, and single objects. */
  #other(path: string, response: ServerResponse): void {
    const plurals = [...this.kinds].filter((kind) => kind.slice(0, kind.lastIndexOf('/')) === path)
    if (path === '/apis') return reply(response, 200, { groups: [...this.kinds].map(groupOf) })
    if (plurals.length > 0) {
      return reply(response, 200, { resources: plurals.map((kind) => ({ name: kind.slice(path.length + 1) })) })
    }
    const [, collection = '', name = ''] = /^(.*)\/([^/]*)$/.exec(path) ?? []
    const found = [...this.#of(collection).values()].find(({ metadata }) => metadata.name === name)
    if (found === undefined) refuse(response, 404)
    else reply(response, 200, found)
  }
}

interface Change {
  readonly body: Json
  /** Who applies it; where it is not applied, it is what its method says. */
  readonly manager: string | undefined
}

function addressesIn(object: RawObject | undefined): unknown {
  return (object?.status as Json | undefined)?.loadBalancer
}

export function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** Refuses as Kubernetes does, with a `Status`. */
export function refuse(response: ServerResponse, code: number, reason = '', headers = {}): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify({ kind: 'Status', status: 'Failure', code, reason, message: `refused with ${code}` }))
}

function keyOf({ metadata }: RawObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

function lineOf({ type, object }: Event): string {
  return `${JSON.stringify({ type, object })}\n`
}

function groupOf(kind: string) {
  const groupVersion = kind.replace(/^\/apis?\//, '').replace(/\/[^/]*$/, '')
  return { name: groupVersion.split('/')[0], versions: [{ groupVersion }] }
}
