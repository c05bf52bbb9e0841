/** TCP and UDP services: what the ConfigMaps say holds on every replica, at once, and what is wrong with an entry is told. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { KubeObject } from '../harness/api-client.ts'
import { HOST_ADDRESS } from '../harness/network.ts'
import { until } from '../harness/until.ts'
import { createWorkload } from '../harness/workload.ts'
import { pathOf } from './objects.ts'
import { APP_NAMESPACE, LINES, type Stage } from './stage.ts'

/** That of the chart's values; the others are added to the ConfigMaps while Sluice runs. */
const [PORT, ADDED, WRONG] = [7_000, 7_001, 7_002]
const PATIENCE_MS = 2_000
const WORKLOAD = { namespace: APP_NAMESPACE, name: 'lines', image: 'lines', replicas: 2 }

type Protocol = keyof typeof LINES

/** What comes back on a connection of its own, to its end. */
async function byTcp(host: string, port: number, line: string): Promise<string> {
  const socket = connect({ host, port, timeout: PATIENCE_MS })
  socket.on('timeout', () => socket.destroy(new Error('nothing came')))
  socket.end(`${line}\n`)
  return await text(socket)
}

/** What comes back to one datagram. Rejects where nobody listens: a socket that is connected hears of that. */
async function byUdp(host: string, port: number, line: string): Promise<string> {
  const socket = createSocket('udp4')
  try {
    socket.connect(port, host)
    await once(socket, 'connect')
    socket.send(line)
    const [datagram] = await once(socket, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) })
    return String(datagram)
  } finally {
    socket.close()
  }
}

const ASK = { tcp: byTcp, udp: byUdp }

export function layer4(stage: () => Stage): void {
  const configMap = (protocol: Protocol): KubeObject => {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `sluice-${protocol}`, namespace: 'sluice' } }
  }
  /** @param value none ends the entry. */
  const put = (protocol: Protocol, port: number, value: string | null) =>
    stage().client.patch(pathOf(configMap(protocol)), { data: { [port]: value } })
  const hosts = async () => (await stage().calm()).map(({ status }) => status.podIP ?? '')
  /** Waits until every replica passes on what is said, and gives back something like this. */
  const says = (protocol: Protocol, port: number, expected: RegExp) =>
    until({ what: `${expected} by ${protocol} ${port}` }, async () => {
      for (const host of await hosts()) {
        const said = await ASK[protocol](host, port, 'hello')
        if (!expected.test(said)) throw new Error(`it is ${JSON.stringify(said)}`)
      }
      return true
    })
  const isClosed = (protocol: Protocol, port: number) =>
    until({ what: `${protocol} ${port} closed` }, async () => {
      for (const host of await hosts()) {
        const said = await ASK[protocol](host, port, 'hello').catch((error) => error.code)
        if (said !== 'ECONNREFUSED') throw new Error(`it is ${JSON.stringify(said)}`)
      }
      return true
    })
  const identities = async () => (await stage().calm()).map(({ metadata }) => metadata.uid).sort()

  test('TCP and UDP services: what the chart was told of is passed on, by the load balancer too', async () => {
    await isClosed('tcp', PORT)
    const ports = (['tcp', 'udp'] as const).map((name) => {
      return { name, port: 7_000, targetPort: 7_000, protocol: name.toUpperCase() }
    })
    const readinessProbe = { tcpSocket: { port: 7_000 }, periodSeconds: 1 }
    await createWorkload(stage().cluster, { ...WORKLOAD, container: { ports: [], readinessProbe }, service: { ports } })
    await says('tcp', PORT, /^lines-\S+: hello\n$/)
    await says('udp', PORT, /^lines-\S+: hello$/)
    assert.match(await byTcp(new URL(stage().url).hostname, PORT, 'hello'), /^lines-\S+: hello\n$/)
  })

  test('TCP and UDP services: an entry that comes, changes and goes is followed while everything runs', async () => {
    const before = await identities()
    for (const protocol of ['tcp', 'udp'] as const) {
      await put(protocol, ADDED, LINES[protocol])
      await says(protocol, ADDED, /^lines-\S+: hello\n?$/)
    }
    await put('tcp', ADDED, `${LINES.tcp}::PROXY`)
    await says(
      'tcp',
      ADDED,
      new RegExp(`^(lines-\\S+): PROXY TCP4 ${HOST_ADDRESS} \\S+ \\d+ ${ADDED}\\n\\1: hello\\n$`),
    )
    for (const protocol of ['tcp', 'udp'] as const) {
      await put(protocol, ADDED, null)
      await isClosed(protocol, ADDED)
      await says(protocol, PORT, /hello/)
    }
    assert.deepEqual(await identities(), before)
  })

  test('TCP and UDP services: a bad entry is told on its ConfigMap and harms only itself, until it is a good one', async () => {
    const isWrongAlone = async (protocol: Protocol) => {
      await put(protocol, WRONG, 'lines')
      const { name } = configMap(protocol).metadata
      const event = await until({ what: `an Event on ${name}` }, async () => {
        return (await stage().eventsOn('ConfigMap', name)).find(({ note }) => note.includes(`${WRONG}`))
      })
      assert.equal(event.reason, 'InvalidServiceReference')
      assert.match(event.note, /data\["7002"\].*expected namespace\/service:port.*not "lines"/)
      await isClosed(protocol, WRONG)
      await says(protocol, PORT, /hello/)
      await put(protocol, WRONG, LINES[protocol])
      await says(protocol, WRONG, /hello/)
      await put(protocol, WRONG, null)
    }
    await Promise.all([isWrongAlone('tcp'), isWrongAlone('udp')])
  })
}
