/**
 * TLS to the endpoints of one cluster. One context of OpenSSL for all of them, compiled for the first connection; what a
 * rotation brings comes as another dialer, so that no connection ever changes what it was opened with.
 */
import { connect as connectPlain, type OnReadOpts, type Socket } from 'node:net'
import { type ConnectionOptions, connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import type { CertificateSpec } from '../../model/certificate.ts'
import type { EndpointSpec, UpstreamTlsSpec } from '../../model/cluster.ts'
import { type Dialer, type DialOptions, onread } from './dialer.ts'

/** Output that may be on its way: that the kernel took it is heard of one turn late. */
const SLACK_BYTES = 256 * 1024

export interface TlsDialerInit {
  readonly tls: UpstreamTlsSpec
  /** RFC 7301: what is offered, the preferred one first. */
  readonly protocols: readonly ('h2' | 'http/1.1')[]
  /** Material by its name; asked when the first connection is opened. */
  readonly certificate: (name: string) => CertificateSpec | undefined
}

export class TlsDialer implements Dialer {
  readonly scheme = 'https'
  readonly ready = 'secureConnect'
  readonly slack = SLACK_BYTES
  readonly #init: TlsDialerInit
  #context: SecureContext | undefined = undefined

  constructor(init: TlsDialerInit) {
    this.#init = init
  }

  dial({ address, port }: EndpointSpec, { reads, memory, preface }: DialOptions): TLSSocket {
    const { tls, protocols } = this.#init
    this.#context ??= this.#compile()
    const options: ConnectionOptions & { readonly allowHalfOpen: boolean; readonly onread?: OnReadOpts } = {
      ...(preface === undefined ? { host: address, port } : { socket: introduced(address, port, preface) }),
      allowHalfOpen: true,
      secureContext: this.#context,
      servername: tls.serverName,
      rejectUnauthorized: tls.trust !== 'anybody',
      ALPNProtocols: [...protocols],
      ...onread(reads),
      ...(memory.session === undefined ? {} : { session: memory.session }),
    }
    const socket = connect(options)
    socket.setNoDelay(true)
    socket.on('session', (session) => {
      memory.session = session
    })
    return socket
  }

  /** An empty list of authorities spares OpenSSL from reading all those that Node knows. */
  #compile(): SecureContext {
    const { tls, certificate } = this.#init
    const material = tls.client && certificate(tls.client.certificate)
    return createSecureContext({
      minVersion: 'TLSv1.2',
      ...(tls.trust === 'system' ? {} : { ca: tls.trust === 'anybody' ? [] : tls.trust.ca }),
      ...(material && { cert: material.chain, key: material.key }),
    })
  }
}

/** A connection that says first whom it is for; TLS begins behind that. */
function introduced(host: string, port: number, preface: Buffer): Socket {
  const socket = connectPlain({ host, port, noDelay: true, allowHalfOpen: true })
  socket.write(preface)
  return socket
}
