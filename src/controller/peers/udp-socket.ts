/** Datagrams over UDP. */
import { createSocket, type Socket } from 'node:dgram'
import type { PeerAddress, PeerSocket } from './peers.ts'

/** @throws Error where the port is taken. */
export async function udpSocket({ address, port }: PeerAddress): Promise<PeerSocket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  await listening(socket, address, port)
  // That nobody is there is no event for us: who is not heard of is not heard of.
  socket.on('error', () => {})
  return {
    send: (datagram, to) => socket.send(datagram, to.port, to.address, () => {}),
    receive: (take) => socket.on('message', take),
    close: () => socket.close(),
  }
}

function listening(socket: Socket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, address, () => {
      socket.off('error', reject)
      resolve()
    })
  })
}
