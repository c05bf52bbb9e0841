/**
 * A look at a port before the workers share it. With SO_REUSEPORT a second copy of Sluice would listen beside the
 * first and get half of its connections in silence; a plain listener finds that out. Between that look and the
 * workers' own listening another copy could do the same, so the port is claimed as well, by a name that only one
 * process can hold and that the kernel takes back when the process ends.
 */
import { createServer, type ListenOptions, type Server } from 'node:net'

export class PortTaken extends Error {
  override readonly name = 'PortTaken'
  /** As the system calls it. */
  readonly code: string

  constructor(host: string, port: number, error: NodeJS.ErrnoException) {
    super(complaint(host, port, error))
    this.code = error.code ?? ''
  }
}

/**
 * The number to listen on: the one asked for, or a free one where it is 0.
 * @throws PortTaken naming address and port, or whatever else the system has against it.
 */
export async function probePort(host: string, port: number): Promise<number> {
  const probe = await listener({ host, port, exclusive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new PortTaken(host, port, error)
  })
  const address = probe.address()
  const picked = address !== null && typeof address === 'object' ? address.port : port
  const closed = Promise.withResolvers<void>()
  probe.close(() => closed.resolve())
  await closed.promise
  return picked
}

/**
 * Claims address and port among the copies of Sluice in this network namespace, for the life of the process. Linux
 * alone has such names (abstract sockets, unix(7)), and Linux alone is where copies would share a port in silence.
 * @returns what gives them back.
 * @throws PortTaken where another copy has claimed them.
 */
export async function claimPort(host: string, port: number, protocol: 'TCP' | 'UDP' = 'TCP'): Promise<() => void> {
  const kind = protocol === 'TCP' ? '' : 'udp-'
  const claim = await listener({ path: `\0sluice-${kind}${host}-${port}` }).catch((error: NodeJS.ErrnoException) => {
    throw new PortTaken(host, port, error)
  })
  claim.unref()
  return () => void claim.close()
}

function listener(options: ListenOptions): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<Server>()
  const server = createServer((socket) => socket.destroy())
  server.once('error', reject)
  server.listen(options, () => resolve(server))
  return promise
}

/** In words what is wrong with listening on an address and a port. */
export function complaint(host: string, port: number, error: NodeJS.ErrnoException): string {
  const where = `port ${port} on ${host}`
  if (error.code === 'EADDRINUSE') return `${where} is taken: another program listens there`
  if (error.code === 'EACCES') return `${where} may not be used: ports below 1024 need the right to bind them`
  if (error.code === 'EADDRNOTAVAIL') return `${where} cannot be used: this machine has no such address`
  return `${where} cannot be used: ${error.message}`
}
