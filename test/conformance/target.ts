/** Sluice as its users run it, a process on its defaults, with one Ingress that leads to one backend port. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const HOST = 'app.example.test'
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const START_MS = 30_000
const STOP_MS = 10_000

export interface Target {
  /** Where Sluice listens, on 127.0.0.1. */
  readonly port: number
  /** Where the backend has to listen, on 127.0.0.1. */
  readonly backendPort: number
  /** Everything the process has printed so far. */
  output(): string
  stop(): Promise<void>
}

export async function startTarget(): Promise<Target> {
  const [port, backendPort, adminPort] = [await freePort(), await freePort(), await freePort()]
  const folder = mkdtempSync(join(tmpdir(), 'sluice-conformance-'))
  writeFileSync(join(folder, 'app.yaml'), manifests(backendPort))
  const args = ['serve', '--manifests', folder, '--http-port', `${port}`, '--admin-port', `${adminPort}`]
  const child = spawn(process.execPath, [MAIN, ...args, '--workers', '1', '--access-log', 'off'])
  let printed = ''
  child.stdout.on('data', (chunk) => (printed += chunk))
  child.stderr.on('data', (chunk) => (printed += chunk))
  const target: Target = {
    port,
    backendPort,
    output: () => printed,
    stop: async () => {
      await end(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
  if (await accepts(child, port)) return target
  await target.stop()
  throw new Error(`Sluice does not listen on port ${port}:\n${printed}`)
}

/** Waits until a port takes connections; false if the process ends or the time is over first. */
async function accepts(child: ChildProcess, port: number): Promise<boolean> {
  const deadline = performance.now() + START_MS
  while (performance.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const socket = connect({ host: '127.0.0.1', port })
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (open) return true
    await sleep(50)
  }
  return false
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await exit
  clearTimeout(timer)
}

/** A port below the range that the kernel takes for outgoing connections: nobody takes it by accident meanwhile. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    const probe = createServer()
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!free) continue
    probe.close()
    await once(probe, 'close')
    return port
  }
}

function manifests(backendPort: number): string {
  return `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: app, namespace: default }
spec:
  ingressClassName: sluice
  rules:
    - host: ${HOST}
      http:
        paths:
          - { path: /, pathType: Prefix, backend: { service: { name: app, port: { number: 80 } } } }
---
apiVersion: v1
kind: Service
metadata: { name: app, namespace: default }
spec: { ports: [{ port: 80, targetPort: ${backendPort} }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: app-1, namespace: default, labels: { kubernetes.io/service-name: app } }
addressType: IPv4
ports: [{ port: ${backendPort} }]
endpoints: [{ addresses: [127.0.0.1], conditions: { ready: true } }]
`
}
