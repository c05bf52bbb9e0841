/** The ports of this process: found free, claimed, and as clients know them. */
import type { Config } from '../config.ts'
import { claimPort, PortTaken, probePort } from '../proxy/supervisor/port.ts'

/** What clients of a cluster use; a Service maps it to ours. */
const PUBLIC = { http: 80, https: 443 }

export interface PortSpec {
  /** Whether clients come by a Service. */
  readonly inCluster: boolean
  /** Whether another copy of this program could listen beside us in silence. */
  readonly shared: boolean
}

/** A free port may be gone a moment later: programs that start at the same time are given the same ones. */
const TRIES = 20

/**
 * The configuration with ports in the place of zeros and of what was left out.
 * @throws PortTaken in words where one cannot be had.
 */
export async function withPorts(config: Config, { inCluster, shared }: PortSpec): Promise<Config> {
  const { bind } = config
  const httpPort = await take(bind, config.httpPort, shared)
  const httpsPort = await take(bind, config.httpsPort, shared)
  return {
    ...config,
    httpPort,
    httpsPort,
    publicHttpPort: config.publicHttpPort ?? (inCluster ? PUBLIC.http : httpPort),
    publicHttpsPort: config.publicHttpsPort ?? (inCluster ? PUBLIC.https : httpsPort),
  }
}

/** @param wanted 0 for any that is free. */
async function take(bind: string, wanted: number, shared: boolean): Promise<number> {
  for (let left = wanted === 0 ? TRIES : 1; ; left--) {
    try {
      const port = await probePort(bind, wanted)
      if (shared) await claimPort(bind, port)
      return port
    } catch (error) {
      if (!(error instanceof PortTaken) || left === 1) throw error
    }
  }
}
