/** A connection before HTTP or TLS, of which the PROXY protocol tells who it is for. */
import type { Socket } from 'node:net'
import { AddressSet } from '../../lib/cidr.ts'
import { plainAddress } from '../../lib/ip.ts'
import type { ProxyProtocolSpec } from '../../model/settings.ts'
import { readFirst } from './first-bytes.ts'
import { Prelude, type PreludeInit } from './prelude.ts'
import { type ProxiedConnection, type ProxyHeader, readProxyHeader } from './proxy-protocol.ts'

/** Whether a header comes first. `refused`: it would have to, but who connects may not say it. */
export type Expectation = 'none' | 'optional' | 'required' | 'refused'

/** Who introduces clients. */
export class Introductions {
  readonly #mode: ProxyProtocolSpec['mode']
  readonly #from: AddressSet

  constructor({ mode, from }: ProxyProtocolSpec) {
    this.#mode = mode
    this.#from = new AddressSet(from)
  }

  /** @param address of who connects. */
  expected(address: string): Expectation {
    if (this.#mode === 'off') return 'none'
    if (this.#mode === 'required' && this.#from.empty) return 'required'
    if (this.#from.has(plainAddress(address))) return this.#mode
    return this.#mode === 'required' ? 'refused' : 'none'
  }
}

export interface IntroductionInit extends PreludeInit {
  readonly isRequired: boolean
  /** Runs once: with a client, with nobody where who connects is the client itself, or with `failed`; closed then. */
  readonly done: (said: ProxiedConnection | 'itself' | 'failed') => void
}

export class Introduction extends Prelude {
  readonly #socket: Socket
  readonly #init: IntroductionInit

  constructor(socket: Socket, init: IntroductionInit) {
    super(socket, init)
    this.#socket = socket
    this.#init = init
    readFirst(socket, readProxyHeader, (header) => this.#end(this.#judge(header)))
  }

  override onDeadline(): void {
    this.fail()
  }

  protected override fail(): void {
    this.#end('failed')
  }

  #judge(header: ProxyHeader): ProxiedConnection | 'itself' | 'failed' {
    if (header === 'malformed' || (header === 'none' && this.#init.isRequired)) return 'failed'
    return header === 'none' || header === 'own' ? 'itself' : header
  }

  #end(said: ProxiedConnection | 'itself' | 'failed'): void {
    if (!this.finish()) return
    if (said === 'failed') this.#socket.destroy()
    this.#init.done(said)
  }
}
