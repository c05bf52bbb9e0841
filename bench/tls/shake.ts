/** One full handshake, from the first packet of the connection on. */
import { once } from 'node:events'
import { connect } from 'node:tls'

export interface Shaken {
  readonly milliseconds: number
  /** Of the certificate that was shown. */
  readonly fingerprint: string
}

export async function shake(port: number, servername: string): Promise<Shaken> {
  const at = performance.now()
  const socket = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const milliseconds = performance.now() - at
  const { fingerprint256: fingerprint } = socket.getPeerCertificate()
  socket.destroy()
  return { milliseconds, fingerprint }
}
