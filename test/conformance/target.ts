/** Sluice as its users run it, a process on its defaults, with one Ingress that leads to one backend port. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const HOST = 'app.example.test'
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
/** How Sluice says on standard output that it serves. */
const SERVES = / at http:\/\/127\.0\.0\.1:(\d+)/
const START_MS = 60_000
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

/** @throws Error with all that was printed, where Sluice does not come up. */
export async function startTarget(): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-conformance-'))
  const backendPort = await freePort()
  writeFileSync(join(folder, 'app.yaml'), manifests(backendPort))
  const args = ['serve', '--manifests', folder, '--http-port', '0', '--admin-port', '0', '--workers', '1']
  const child = spawn(process.execPath, [MAIN, ...args, '--access-log', 'off'])
  let printed = ''
  const collect = (chunk: Buffer) => {
    printed += chunk
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const stop = async () => {
    await end(child)
    rmSync(folder, { recursive: true, force: true })
  }
  const deadline = performance.now() + START_MS
  for (;;) {
    const port = Number(SERVES.exec(printed)?.[1] ?? 0)
    if (port > 0) return { port, backendPort, output: () => printed, stop }
    if (hasEnded(child) || performance.now() > deadline) break
    await sleep(20)
  }
  await stop()
  throw new Error(`Sluice does not serve:\n${printed}`)
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
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
