/**
 * A look at a port before the workers share it. With SO_REUSEPORT a second copy of Sluice would listen beside the
 * first and get half of its connections in silence; a plain listener finds that out.
 */
import { createServer } from 'node:net'

export class PortTaken extends Error {
  override readonly name = 'PortTaken'
}

/**
 * The number to listen on: the one asked for, or a free one where it is 0.
 * @throws PortTaken naming address and port, or whatever else the system has against it.
 */
export async function probePort(host: string, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const server = createServer()
  server.once('error', reject)
  server.listen({ host, port, exclusive: true }, () => {
    const address = server.address()
    const picked = address !== null && typeof address === 'object' ? address.port : port
    server.close(() => resolve(picked))
  })
  return promise.catch((error: NodeJS.ErrnoException) => {
    throw new PortTaken(complaint(host, port, error))
  })
}

/** In words what is wrong with listening on an address and a port. */
export function complaint(host: string, port: number, error: NodeJS.ErrnoException): string {
  const where = `port ${port} on ${host}`
  if (error.code === 'EADDRINUSE') return `${where} is taken: another program listens there`
  if (error.code === 'EACCES') return `${where} may not be used: ports below 1024 need the right to bind them`
  if (error.code === 'EADDRNOTAVAIL') return `${where} cannot be used: this machine has no such address`
  return `${where} cannot be used: ${error.message}`
}
