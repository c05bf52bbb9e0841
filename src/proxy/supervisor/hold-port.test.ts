import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import type { Layer4PortSpec, Layer4Protocol } from '../../model/layer4-port.ts'
import { holdPort } from './hold-port.ts'

const HOST = '127.0.0.1'
const TAKEN = { code: 'EADDRINUSE' }

const spec = (protocol: Layer4Protocol, port: number) => ({ protocol, port }) as Layer4PortSpec

test('a TCP port that is shared without a word is taken all the same', async (t) => {
  const server = createServer().listen({ host: HOST, port: 0, reusePort: process.platform === 'linux' })
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  await assert.rejects(holdPort(spec('TCP', port), HOST), TAKEN)
})

test('a UDP port that is shared without a word is taken all the same; TCP has numbers of its own', async (t) => {
  const socket = createSocket({ type: 'udp4', reusePort: process.platform === 'linux' })
  socket.bind(0, HOST)
  await once(socket, 'listening')
  t.after(() => socket.close())
  await assert.rejects(holdPort(spec('UDP', socket.address().port), HOST), TAKEN)
})

// Other systems have no names for it, and no copy there could share a port.
if (process.platform === 'linux') {
  for (const protocol of ['TCP', 'UDP'] as const) {
    test(`${protocol}: a port is held by one copy, until that gives it back`, async () => {
      // Nobody binds it here: it is the name that is taken.
      const host = protocol === 'TCP' ? '127.0.0.91' : '127.0.0.92'
      const high = spec(protocol, 40_009)
      const release = await holdPort(high, host)
      await assert.rejects(holdPort(high, host), TAKEN)
      release()
      const again = await holdPort(high, host)
      again()
    })
  }
}
