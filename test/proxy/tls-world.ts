/** A proxy that serves HTTPS, with certificates made for the test, and clients that check them. */
import type { TestContext } from 'node:test'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { type KeyedCertificate, selfSigned } from '../../src/lib/self-signed.ts'
import type { HttpsSpec } from '../../src/proxy/messages.ts'
import { probePort } from '../../src/proxy/supervisor/port.ts'
import { eventually } from './eventually.ts'
import { Backend, type RouteOptions, TestProxy } from './harness.ts'
import { Peer } from './peer.ts'

const DAY_MS = 86_400_000
/** Keys cost time to make, and no test changes one. */
const made = new Map<string, KeyedCertificate>()

/** Valid now, as the clock of clients is a real one. @param version tells certificates for the same names apart. */
export function certificateFor(names: readonly string[], version = 1, keyType: 'ec' | 'rsa' = 'ec'): KeyedCertificate {
  const key = `${version} ${keyType} ${names.join()}`
  const known = made.get(key)
  if (known !== undefined) return known
  const now = Date.now()
  const dates = { from: now - DAY_MS, until: now + DAY_MS }
  const fresh = selfSigned({ commonName: `${names[0]} ${version}`, names, ...dates, keyType })
  made.set(key, fresh)
  return fresh
}

export const FALLBACK = certificateFor(['fallback.test'])

/** @param ticketKeys of all workers of a process. */
export async function httpsSpec(ticketKeys: Uint8Array = new Uint8Array(48).fill(7)): Promise<HttpsSpec> {
  return { port: await probePort('127.0.0.1', 0), publicPort: 443, fallback: FALLBACK, ticketKeys }
}

/** One backend, one route to it, and certificates by host pattern. */
export async function startTlsWorld(
  t: TestContext,
  certificates: Readonly<Record<string, KeyedCertificate>> = {},
  options: RouteOptions = {},
  spec?: HttpsSpec,
) {
  const backend = await new Backend().listen(t)
  const https = spec ?? (await httpsSpec())
  const proxy = new TestProxy(t).route(options).endpoints([backend])
  for (const [host, certificate] of Object.entries(certificates)) proxy.certificate(`shop/${host}`, certificate, host)
  await proxy.apply().listen(https)
  return { proxy, backend, https }
}

export interface TlsPeer extends Peer {
  readonly socket: TLSSocket
  /** What the proxy has shown: the common name. */
  readonly shown: string
}

/** Does not check the certificate unless the test gives one to trust. Rejects where the handshake fails. */
export async function connectTls(t: TestContext, port: number, options: ConnectionOptions = {}): Promise<TlsPeer> {
  const socket = connect({
    ...{ host: '127.0.0.1', port, allowHalfOpen: true, ALPNProtocols: ['http/1.1'] },
    ...{ rejectUnauthorized: options.ca !== undefined },
    ...options,
  })
  const peer = new Peer(socket)
  t.after(() => socket.destroy())
  let isSecure = false
  socket.once('secureConnect', () => {
    isSecure = true
  })
  await eventually('a TLS connection', () => isSecure || peer.closed)
  if (!isSecure) throw new Error(peer.error ?? 'closed in the handshake')
  return Object.assign(peer, { socket, shown: String(socket.getPeerCertificate().subject?.CN ?? '') })
}
