/**
 * A backend for TCP and UDP, on port 7000 of both: each line of a connection, and each datagram, comes back behind the
 * name of the Pod. A header of the PROXY protocol, version 1, is a line like any other.
 */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { hostname } from 'node:os'
import { createInterface } from 'node:readline'

const PORT = 7_000
const { POD_NAME: name = hostname() } = process.env

const server = createServer((socket) => {
  socket.on('error', () => {})
  createInterface({ input: socket }).on('line', (line) => socket.write(`${name}: ${line}\n`))
})
server.listen(PORT, () => process.stdout.write(`${name} listens on ${PORT}\n`))

const datagrams = createSocket('udp4')
datagrams.on('message', (datagram, { port, address }) => datagrams.send(`${name}: ${datagram}`, port, address))
datagrams.bind(PORT)

process.on('SIGTERM', () => process.exit(0))
