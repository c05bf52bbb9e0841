/** Placeholder of the interface until the writer lands: see AccessLog. */
import type { Exchange } from './exchange.ts'

/** Takes one finished exchange; must neither throw nor wait. */
export interface AccessLog {
  write(exchange: Exchange, endedAt: number): void
}
