/** The ports of this process: found free, claimed, and as clients know them. */
import type { Config } from '../config.ts'
import { claimPort, probePort } from '../proxy/supervisor/port.ts'

/** What clients of a cluster use; a Service maps it to ours. */
const PUBLIC = { http: 80, https: 443 }

export interface PortSpec {
  /** Whether clients come by a Service. */
  readonly inCluster: boolean
  /** Whether another copy of this program could listen beside us in silence. */
  readonly shared: boolean
}

/**
 * The configuration with ports in the place of zeros and of what was left out.
 * @throws PortTaken in words where one cannot be had.
 */
export async function withPorts(config: Config, { inCluster, shared }: PortSpec): Promise<Config> {
  const { bind } = config
  const httpPort = await probePort(bind, config.httpPort)
  const httpsPort = await probePort(bind, config.httpsPort)
  if (shared) for (const port of [httpPort, httpsPort]) await claimPort(bind, port)
  return {
    ...config,
    httpPort,
    httpsPort,
    publicHttpPort: config.publicHttpPort ?? (inCluster ? PUBLIC.http : httpPort),
    publicHttpsPort: config.publicHttpsPort ?? (inCluster ? PUBLIC.https : httpsPort),
  }
}
