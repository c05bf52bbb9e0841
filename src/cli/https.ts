/** What HTTPS needs that no object of the cluster says: made anew for each process, in memory alone. */
import type { Config } from '../config.ts'
import type { Clock } from '../lib/clock.ts'
import { secretBytes } from '../lib/random.ts'
import { selfSigned } from '../lib/self-signed.ts'
import type { ListenSpec } from '../proxy/messages.ts'

const DAY_MS = 86_400_000
/** Nobody can verify it anyway; it should not be one more thing that ends. */
const LIFETIME_MS = 3650 * DAY_MS
const TICKET_KEY_BYTES = 48

/** @param config with the ports that were found, see `withPorts`. */
export function listenSpec(config: Config, { clock, shared }: { clock: Clock; shared: boolean }): ListenSpec {
  const now = clock.wall()
  const fallback = selfSigned({
    commonName: 'Sluice default certificate',
    names: ['sluice.invalid'],
    // A client's clock may be behind.
    from: now - DAY_MS,
    until: now + LIFETIME_MS,
  })
  const { bind: host, httpPort: port, publicHttpPort, httpsPort, publicHttpsPort } = config
  const ticketKeys = secretBytes(TICKET_KEY_BYTES)
  return {
    ...{ host, port, reusePort: shared, publicPort: publicHttpPort ?? port },
    https: { port: httpsPort, publicPort: publicHttpsPort ?? httpsPort, fallback, ticketKeys },
  }
}
