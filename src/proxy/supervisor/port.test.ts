import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { claimPort, complaint, probePort } from './port.ts'

test('port 0 becomes a number that can be listened on', async () => {
  const port = await probePort('127.0.0.1', 0)
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  server.close()
  assert.equal(await probePort('127.0.0.1', port), port)
})

test('a port that another listener would share is taken all the same', async (t) => {
  const server = createServer().listen({ host: '127.0.0.1', port: 0, reusePort: process.platform === 'linux' })
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  await assert.rejects(probePort('127.0.0.1', port), {
    name: 'PortTaken',
    message: `port ${port} on 127.0.0.1 is taken: another program listens there`,
  })
})

// Other systems have no such names, and no copy there could share a port.
if (process.platform === 'linux') {
  test('of two copies that start at the same moment one is refused', async () => {
    const port = await probePort('127.0.0.1', 0)
    const outcomes = await Promise.allSettled([claimPort('127.0.0.1', port), claimPort('127.0.0.1', port)])
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    await claimPort('127.0.0.2', port)
  })
}

test('other reasons are told in words', () => {
  const because = (code: string) => complaint('192.0.2.1', 80, Object.assign(new Error('what it was'), { code }))
  assert.match(because('EACCES'), /port 80 on 192\.0\.2\.1 may not be used/)
  assert.match(because('EADDRNOTAVAIL'), /no such address/)
  assert.match(because('EWHATEVER'), /what it was/)
})
