/** Sluice as its users run it, a process on its defaults, with one Ingress that leads to one backend port. */
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { writeManifests } from '../cli/backend.ts'
import { Sluice } from '../cli/sluice.ts'

export const HOST = 'app.example.test'

export interface Target {
  /** Where Sluice listens, on 127.0.0.1. */
  readonly port: number
  /** The same, for HTTPS. */
  readonly httpsPort: number
  readonly pid: number
  /** Where the backend has to listen, on 127.0.0.1. */
  readonly backendPort: number
  /** Everything the process has printed so far. */
  output(): string
  stop(): Promise<void>
}

/**
 * @param host of the Ingress, `*` for any.
 * @throws Error with all that was printed, where Sluice does not come up.
 */
export async function startTarget(host = HOST): Promise<Target> {
  const backendPort = await freePort()
  const folder = writeManifests(host, backendPort)
  const sluice = await Sluice.serving(['--manifests', folder, '--access-log', 'off'])
  return {
    port: sluice.http,
    httpsPort: sluice.https,
    pid: sluice.child.pid!,
    backendPort,
    output: () => sluice.stdout + sluice.stderr,
    stop: async () => {
      await sluice.stop()
      rmSync(folder, { recursive: true })
    },
  }
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
