/** A port of its own whose connections or datagrams go to a cluster as they are: nobody looks at their bytes. */
import type { Origin } from './route.ts'
import type { PassthroughSpec } from './server-name.ts'

export type Layer4Protocol = 'TCP' | 'UDP'

export interface Layer4PortSpec extends PassthroughSpec {
  readonly protocol: Layer4Protocol
  readonly port: number
  /** Connections begin with a header of the PROXY protocol, which says who the client is; others are closed. */
  readonly isIntroduced: boolean
  /** Who asks for it, and is told where the port cannot be had. */
  readonly origin: Origin
}

/** `TCP/9000`: a number can be a port of both. */
export function layer4PortName({ protocol, port }: Pick<Layer4PortSpec, 'protocol' | 'port'>): string {
  return `${protocol}/${port}`
}
