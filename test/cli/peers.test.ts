/** Replicas as processes of this machine that tell each other of their limits. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ask, serveBy } from './backend.ts'
import { fairPolicy } from './fair-policy.ts'
import { Sluice } from './sluice.ts'

const REPLICAS = 3
const BURST = 60
const POLICY = fairPolicy(`key: [], requests: 1, per: day, burst: ${BURST}, scope: Cluster`)

async function freeUdpPorts(count: number): Promise<readonly number[]> {
  const sockets = Array.from({ length: count }, () => createSocket('udp4').bind(0, '127.0.0.1'))
  await Promise.all(sockets.map((socket) => once(socket, 'listening')))
  const ports = sockets.map((socket) => socket.address().port)
  for (const socket of sockets) socket.close()
  return ports
}

/** Resolves once a metric has this value; asking takes a while, so nothing is asked in a hurry. */
async function reaches(admin: number, name: string, wanted: number): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    const text = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text()
    if (
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(name))
          ?.split(' ')[1],
      ) === wanted
    )
      return
  }
  assert.fail(`${name} is not ${wanted}`)
}

test('a limit of the whole cluster is one limit for three replicas, and no stranger has a say in it', async (t) => {
  const served = await serveBy((_, response) => response.end('hello'))
  t.after(served.close)
  writeFileSync(join(served.manifests, 'policy.yaml'), POLICY)
  const key = join(served.manifests, 'key')
  writeFileSync(key, 'k'.repeat(32))
  const ports = await freeUdpPorts(REPLICAS)
  const replicas = await Promise.all(
    ports.map((port) => {
      const others = ports.filter((each) => each !== port).map((each) => `127.0.0.1:${each}`)
      const options = ['--peer-port', String(port), '--peer-key-file', key, '--peers', others.join(',')]
      return Sluice.serving(['--manifests', served.manifests, '--access-log', 'off', '--workers', '1', ...options])
    }),
  )
  t.after(() => Promise.all(replicas.map((each) => each.stop())))
  for (const { admin } of replicas) await reaches(admin, 'sluice_peers{state="heard"}', REPLICAS - 1)
  const stranger = createSocket('udp4')
  stranger.send(Buffer.alloc(200, 1), ports[0]!, '127.0.0.1')
  const perReplica = await Promise.all(
    replicas.map(async ({ http }) => {
      const answers = await Promise.all(Array.from({ length: BURST }, () => ask({ port: http })))
      return answers.filter(({ status }) => status === 200).length
    }),
  )
  const passed = perReplica.reduce((a, b) => a + b)
  assert.ok(passed > 0.8 * BURST && passed <= 1.2 * BURST, `${perReplica} passed of a limit of ${BURST}`)
  await reaches(replicas[0]!.admin, 'sluice_peer_datagrams_total{verdict="stranger"}', 1)
  stranger.close()
})

test('a port for replicas without a secret is refused in words', async () => {
  const served = await serveBy((_, response) => response.end('hello'))
  const sluice = new Sluice(['serve', '--manifests', served.manifests, '--peer-port', '10255'])
  const { stderr } = await sluice.ended()
  served.close()
  assert.match(stderr, /--peer-port needs --peer-key-file/)
})
