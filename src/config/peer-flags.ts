/** Options of how replicas find each other and what they believe. */
import { parseAddress } from '../lib/ip.ts'
import { commaSeparated, type TextForm } from '../lib/schema.ts'
import { OBJECT_NAME, PATH, PORT } from './fields.ts'
import { flag } from './flag.ts'

export interface PeerFlag {
  readonly address: string
  readonly port: number
}

const PEER: TextForm<PeerFlag> = {
  expected: 'an address and a port such as 10.0.0.1:10255 or [::1]:10255',
  readText: (text) => {
    const [, bracketed, plain = '', digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? []
    const address = parseAddress(bracketed ?? plain)
    const port = Number(digits)
    const fits = address !== undefined && (address.family === 'IPv6') === (bracketed !== undefined)
    return fits && port >= 1 && port <= 65_535 ? { address: address.text, port } : undefined
  },
}

export const PEER_FLAGS = {
  peerPort: flag({
    field: PORT,
    value: 'N',
    default: 0,
    shown: 'none: this replica works alone',
    doc: 'Port (UDP) on which replicas tell each other what limits of the whole cluster need.',
  }),
  peerKeyFile: flag<string | undefined>({
    field: PATH,
    value: 'FILE',
    default: undefined,
    shown: 'none',
    doc: 'The secret by which replicas know each other, 32 bytes at least; --peer-port needs it.',
  }),
  peerService: flag<string | undefined>({
    field: OBJECT_NAME,
    value: 'NAMESPACE/NAME',
    default: undefined,
    shown: 'none',
    commands: ['controller'],
    doc: 'Service whose EndpointSlices say where the other replicas are, by their UDP port.',
  }),
  peers: flag<readonly PeerFlag[]>({
    field: commaSeparated(PEER),
    value: 'ADDRESS:PORT,...',
    default: [],
    shown: 'none',
    doc: 'Where other replicas are, beside those of --peer-service.',
  }),
} as const
