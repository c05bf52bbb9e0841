/** TCP and UDP services of a running process with several workers: they come, go and are told of without a restart. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Sluice } from './sluice.ts'

const WORKERS = 2

/** What says its name on every connection and to every datagram. */
async function startBackends(t: TestContext) {
  const tcp = createServer((socket) => {
    socket.on('error', () => {})
    socket.end('a backend')
  }).listen(0, '127.0.0.1')
  const udp = createSocket('udp4')
  udp.on('message', (datagram, from) => udp.send(`heard ${datagram}`, from.port, from.address))
  udp.bind(0, '127.0.0.1')
  await Promise.all([once(tcp, 'listening'), once(udp, 'listening')])
  t.after(() => {
    tcp.close()
    udp.close()
  })
  return { tcp: (tcp.address() as AddressInfo).port, udp: udp.address().port }
}

function objects(backends: { readonly tcp: number; readonly udp: number }): object[] {
  const metadata = { name: 'app', namespace: 'app' }
  const ports = [
    { name: 'tcp', port: 7000, protocol: 'TCP' },
    { name: 'udp', port: 7000, protocol: 'UDP' },
  ]
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'app' } },
      addressType: 'IPv4',
      ports: [
        { name: 'tcp', port: backends.tcp, protocol: 'TCP' },
        { name: 'udp', port: backends.udp, protocol: 'UDP' },
      ],
      endpoints: [{ addresses: ['127.0.0.1'] }],
    },
  ]
}

/** What a connection gets: text, or why there is none. */
async function greeting(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port })
  let text = ''
  socket.setEncoding('utf8').on('data', (part) => {
    text += part
  })
  const failed = new Promise<string>((resolve) =>
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? '')),
  )
  return Promise.race([once(socket, 'close').then(() => text), failed])
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const start = performance.now(); !(await holds()); await pause(20)) {
    assert.ok(performance.now() - start < 60_000, `still waiting: ${what}`)
  }
}

/** A number that nobody has for either protocol, as far as one can tell. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const socket = createSocket('udp4')
    socket.bind(port, '127.0.0.1')
    const isFree = await Promise.race([
      once(socket, 'listening').then(() => true),
      once(socket, 'error').then(() => false),
    ])
    socket.close()
    server.close()
    await once(server, 'close')
    if (isFree) return port
  }
}

test('ports of a ConfigMap open on all workers, move, close, and tell where they cannot be had', async (t) => {
  const manifests = mkdtempSync(join(tmpdir(), 'sluice-'))
  t.after(() => rmSync(manifests, { recursive: true }))
  const write = (name: string, items: readonly object[]) =>
    writeFileSync(join(manifests, `${name}.json`), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  const configMap = (name: string, data: Record<string, string>) =>
    write(name, [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'edge' }, data }])
  write('app', objects(await startBackends(t)))
  const port = await freePort()
  configMap('tcp', { [port]: 'app/app:tcp' })
  configMap('udp', { [port]: 'app/app:udp' })
  const sluice = await Sluice.serving([
    ...['--manifests', manifests, '--workers', `${WORKERS}`],
    ...['--tcp-services-configmap', 'edge/tcp', '--udp-services-configmap', 'edge/udp'],
  ])
  t.after(() => sluice.stop())
  // Open from the moment that it serves, and on each worker: the kernel spreads connections over both.
  assert.deepEqual(new Set(await Promise.all(Array.from({ length: 40 }, () => greeting(port)))), new Set(['a backend']))

  const clients = Array.from({ length: 20 }, () => createSocket('udp4'))
  const answers = clients.map(async (client, i) => {
    const answer = once(client, 'message')
    client.send(`client ${i}`, port, '127.0.0.1')
    const [datagram] = await answer
    assert.equal(`${datagram}`, `heard client ${i}`)
  })
  await Promise.all(answers)
  for (const client of clients) client.close()

  const squatter = createServer().listen(0, '127.0.0.1')
  await once(squatter, 'listening')
  t.after(() => squatter.close())
  const taken = (squatter.address() as AddressInfo).port
  configMap('tcp', { [taken]: 'app/app:tcp', [sluice.http]: 'app/app:tcp' })
  const problem = JSON.parse(await sluice.line((line) => line.includes('PortUnavailable')))
  assert.match(JSON.stringify(problem), new RegExp(`ConfigMap.*${taken}.*is taken`))
  await sluice.line((line) => line.includes('PortReserved') && line.includes(`${sluice.http}`))
  await until('the first port is closed', async () => (await greeting(port)) === 'ECONNREFUSED')
  squatter.close()
  await until('the other one is open once it is free', async () => (await greeting(taken)) === 'a backend')
  const metrics = await (await fetch(`http://127.0.0.1:${sluice.admin}/metrics`)).text()
  const served = Number(
    /sluice_relayed_connections\{.*service="app",port="tcp\/tcp",result="served"\} (\d+)/.exec(metrics)?.[1],
  )
  assert.ok(served >= 40, metrics)
  await sluice.line((line) => line.includes('"proto":"TCP"') && line.includes('"service":"app"'))
})
