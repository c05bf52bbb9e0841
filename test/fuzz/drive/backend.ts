/**
 * The backend behind the proxy: reads what arrives as strictly as it can be read, remembers it, and answers by plan.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { DEFAULT_SETTINGS } from '../../../src/model/settings.ts'
import type { Plan } from '../inputs/plans.ts'
import { type Request, type RequestHead, readRequest, readRequestHead } from '../reference/requests.ts'
import { MORE, roomier } from '../reference/syntax.ts'

/** A request that has arrived, perhaps its head only. */
export interface Seen {
  readonly head: RequestHead
  readonly serial: number
  readonly plan: Plan
  /** Once its last byte is there. */
  request: Request | undefined
  /** Whether the proxy may have received no byte of an answer. */
  silent: boolean
  /** What came after 101. */
  tunnelled: string
}

/** Decides what to do with a request; a text says why there is none to be expected. */
export type Director = (head: RequestHead, serial: number) => Seen | string

const limits = roomier(DEFAULT_SETTINGS.limits)
const LAZY_MS = 50

export class Backend {
  /** What nobody may send to a backend. */
  readonly violations: string[] = []
  readonly #direct: Director
  readonly #server: Server
  readonly #connections = new Set<BackendConnection>()
  #serial = 0

  constructor(direct: Director) {
    this.#direct = direct
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket))
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  /** Whether every connection that is open is between two requests. */
  get settled(): boolean {
    return [...this.#connections].every(({ idle }) => idle)
  }

  close(): void {
    this.#server.close()
    for (const connection of this.#connections) connection.destroy()
  }

  announce(head: RequestHead): Seen | undefined {
    const seen = this.#direct(head, this.#serial++)
    if (typeof seen !== 'string') return seen
    this.violations.push(seen)
    return undefined
  }

  #accept(socket: Socket): void {
    const connection = new BackendConnection(socket, this)
    this.#connections.add(connection)
    socket.on('close', () => this.#connections.delete(connection))
  }
}

class BackendConnection {
  readonly #socket: Socket
  readonly #backend: Backend
  /** What has not been read as a whole request yet. */
  #text = ''
  /** The request that is being read or answered. */
  #current: Seen | undefined
  #answered = false
  #mode: 'http' | 'tunnel' | 'over' = 'http'

  constructor(socket: Socket, backend: Backend) {
    this.#socket = socket
    this.#backend = backend
    socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    socket.on('error', () => {})
    socket.on('end', () => socket.end())
  }

  /** Between two requests, or gone: Node has not always said so where both ends broke off at once. */
  get idle(): boolean {
    return this.#socket.destroyed || (this.#current === undefined && this.#text === '')
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #onData(chunk: Buffer): void {
    const text = chunk.toString('latin1')
    if (this.#mode === 'tunnel') {
      this.#current!.tunnelled += text
      this.#socket.write(chunk)
    } else if (this.#mode === 'http') {
      this.#text += text
      this.#read()
    }
  }

  #read(): void {
    if (this.#current === undefined && !this.#readHead()) return
    const seen = this.#current
    if (seen === undefined) return
    if (seen.request !== undefined) return this.#violation('bytes behind a request that is not answered yet')
    const request = readRequest(this.#text, 0, limits)
    if (typeof request === 'string') return this.#wait(request)
    seen.request = request.value
    this.#text = this.#text.slice(request.next)
    // Who was answered before all of the request was read here may have sent all of it, and the next one as well.
    const more = this.#text !== ''
    if (more && !this.#answered) return this.#violation('bytes behind a request that is not answered yet')
    if (seen.plan.early) this.#next()
    else this.#answer(seen)
    if (more) this.#read()
  }

  #readHead(): boolean {
    const head = readRequestHead(this.#text, 0, limits)
    if (typeof head === 'string') this.#wait(head)
    else {
      this.#answered = false
      this.#current = this.#backend.announce(head.value)
      if (this.#current === undefined) this.#over()
      else {
        if (this.#current.plan.lazy === true) this.#rest()
        if (this.#current.plan.early) this.#answer(this.#current)
      }
    }
    return this.#current !== undefined
  }

  /** A request that is both read and answered makes room for the next one. */
  #next(): void {
    if (this.#current?.request !== undefined && this.#answered && this.#mode === 'http') this.#current = undefined
  }

  async #rest(): Promise<void> {
    this.#socket.pause()
    await sleep(LAZY_MS)
    this.#socket.resume()
  }

  #wait(why: string): void {
    if (why !== MORE) this.#violation(why)
  }

  #violation(why: string): void {
    this.#backend.violations.push(`the backend received ${why}: ${JSON.stringify(this.#text.slice(0, 400))}`)
    this.#over()
  }

  #over(): void {
    this.#mode = 'over'
    this.#socket.destroy()
  }

  async #answer(seen: Seen): Promise<void> {
    const [first = '', ...rest] = seen.plan.write(seen.head, seen.serial)
    // A reset may overtake what was sent before it.
    seen.silent = seen.plan.after === 'reset' || (first === '' && rest.join('') === '')
    let last = first
    for (const piece of rest) {
      this.#socket.write(last, 'latin1')
      await new Promise(setImmediate)
      last = piece
    }
    if (this.#mode === 'http') this.#finish(seen, last)
  }

  /** The last piece leaves when everything is ready for the next request. */
  #finish({ plan, head }: Seen, last: string): void {
    const switching = plan.after === 'tunnel' && head.fields.some(([name]) => name === 'upgrade')
    this.#answered = true
    if (switching) this.#mode = 'tunnel'
    else if (plan.after === 'close' || plan.after === 'reset') this.#mode = 'over'
    this.#next()
    if (plan.after === 'reset') this.#socket.write(last, 'latin1', () => this.#socket.resetAndDestroy())
    else if (last !== '') this.#socket.write(last, 'latin1')
    if (plan.after === 'close') this.#socket.end()
  }
}
