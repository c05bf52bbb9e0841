/** A connection of a client that goes to an endpoint as it is: TLS that is not ended here, and TCP services. */
import type { Socket } from 'node:net'
import type { PassthroughSpec } from '../model/server-name.ts'

/** What was read of it is in its socket again. */
export interface PassedOn<Passage> {
  readonly protocol: 'TLS' | 'TCP'
  readonly socket: Socket
  /** Of the client. */
  readonly address: string
  readonly sourcePort: number
  /** Where it connected to, as it knows it. */
  readonly port: number
  /** What it asks for, where it says so. */
  readonly host: string
  readonly to: PassthroughSpec
  /** Runs once, when it is over. */
  readonly closed: (passage: Passage) => void
}
