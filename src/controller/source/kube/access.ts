/** How to reach the API server and as whom: asked before every request, since tokens and CAs are rotated. */
import type { Agent } from 'node:http'

/** What holds right now. */
export interface Way {
  /** `https://10.96.0.1:443`, maybe with a path, without a slash at its end. */
  readonly server: string
  /** Fields that say who we are. */
  readonly headers: Readonly<Record<string, string>>
  /** Holds the connections; knows CA and client certificate. */
  readonly agent: Agent
}

export interface Access {
  /** @throws Error in words where the configuration, a file it names or a plugin fails. */
  current(): Promise<Way>
  /** The server did not accept who we said we were (401): all of it is read anew next time. */
  refused(): void
}
