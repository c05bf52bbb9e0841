/**
 * One keep-alive client on a socket of its own: a request, its answer, a pause, and so on. It counts whatever goes wrong
 * and retries nothing. A connection that ends while nothing is asked is no failure: the next request opens another.
 */
import { connect, type Socket } from 'node:net'
import type { Failure } from './load.ts'

const CONNECT_MS = 5_000
const ANSWER_MS = 30_000

/** One request, as it goes over the wire. */
export interface Order {
  /** How a failure names it. */
  readonly name: string
  readonly text: string
}

export interface ClientInit {
  readonly host: string
  readonly port: number
  /** What it asks for next. */
  readonly next: () => Order
  readonly onAnswer: (body: string, milliseconds: number) => void
  /** A status that is expected beside 200, and called when it comes. */
  readonly refusal?: number | undefined
  readonly onRefusal: () => void
  readonly onFailure: (failure: Failure) => void
}

export class Client {
  readonly #init: ClientInit
  #socket: Socket | undefined
  #received = ''
  /** What to do with whatever comes next, while a request is under way. */
  #settle: ((failure: string | undefined) => void) | undefined

  constructor(init: ClientInit) {
    this.#init = init
  }

  get busy(): boolean {
    return this.#settle !== undefined
  }

  /** Resolves when the request was answered or failed. */
  async ask(): Promise<void> {
    const startedAt = performance.now()
    const order = this.#init.next()
    const failure = (await this.#open()) ?? (await this.#exchange(order.text))
    if (failure === undefined) this.#answered(order, performance.now() - startedAt)
    else this.#failed(order, failure)
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #answered({ name }: Order, milliseconds: number): void {
    const head = this.#received.slice(0, this.#received.indexOf('\r\n\r\n') + 2)
    const body = this.#received.slice(head.length + 2)
    this.#received = ''
    if (/^connection: *close\r$/im.test(head)) this.close()
    const status = head.slice(9, 12)
    if (status === '200') this.#init.onAnswer(body, milliseconds)
    else if (Number(status) === this.#init.refusal) this.#init.onRefusal()
    else this.#init.onFailure({ at: Date.now(), request: name, reason: `status ${status}` })
  }

  #failed({ name }: Order, reason: string): void {
    this.#received = ''
    this.close()
    this.#init.onFailure({ at: Date.now(), request: name, reason })
  }

  /** @returns why there is no connection, where there is none. */
  async #open(): Promise<string | undefined> {
    if (this.#socket !== undefined) return undefined
    const { host, port } = this.#init
    const socket = connect({ host, port, noDelay: true })
    const failure = await outcome(CONNECT_MS, 'no connection in time', (done) => {
      socket.once('connect', () => done(undefined))
      socket.once('error', ({ message }) => done(`connecting: ${message}`))
    })
    if (failure !== undefined) {
      socket.destroy()
      return failure
    }
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#take(text))
    socket.on('error', ({ message }) => this.#ended(socket, message))
    // Whoever half-closes will read nothing more.
    socket.on('end', () => this.#ended(socket, 'closed'))
    socket.on('close', () => this.#ended(socket, 'closed'))
    return undefined
  }

  async #exchange(text: string): Promise<string | undefined> {
    const failure = await outcome(ANSWER_MS, 'no answer in time', (done) => {
      this.#settle = done
      this.#socket?.write(text)
    })
    this.#settle = undefined
    return failure
  }

  #take(text: string): void {
    this.#received += text
    const end = this.#received.indexOf('\r\n\r\n')
    if (end === -1) return
    const length = Number(/^content-length: *(\d+)/im.exec(this.#received.slice(0, end))?.[1] ?? Number.NaN)
    if (Number.isNaN(length)) this.#settle?.('an answer without Content-Length')
    else if (this.#received.length >= end + 4 + length) this.#settle?.(undefined)
  }

  #ended(socket: Socket, how: string): void {
    if (this.#socket !== socket) return
    this.#socket = undefined
    socket.destroy()
    this.#settle?.(this.#received === '' ? `${how} before an answer` : `${how} in the middle of an answer`)
  }
}

function outcome(
  ms: number,
  late: string,
  begin: (done: (failure: string | undefined) => void) => void,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(late), ms)
    begin((failure) => {
      clearTimeout(timer)
      resolve(failure)
    })
  })
}
