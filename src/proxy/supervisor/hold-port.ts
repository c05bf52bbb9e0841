/** A port of one protocol, kept for this process among the copies of Sluice, and seen to be free of other programs. */
import { createSocket } from 'node:dgram'
import type { Layer4PortSpec } from '../../model/layer4-port.ts'
import { claimPort, probePort } from './port.ts'

/**
 * @returns what gives it back.
 * @throws Error of the system, with its code, where it cannot be had.
 */
export async function holdPort({ protocol, port }: Layer4PortSpec, host: string): Promise<() => void> {
  const release = await claimPort(host, port, protocol)
  try {
    await (protocol === 'TCP' ? probePort(host, port) : probeUdp(host, port))
    return release
  } catch (error) {
    release()
    throw error
  }
}

function probeUdp(host: string, port: number): Promise<void> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.once('error', (error) => {
    socket.close()
    reject(error)
  })
  socket.bind({ port, address: host, exclusive: true }, () => socket.close(() => resolve()))
  return promise
}
