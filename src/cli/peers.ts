/** The other replicas, by the options: who they are, and what is told among them. */
import { readFileSync } from 'node:fs'
import { type Config, machineName } from '../config.ts'
import type { EndpointSlice } from '../controller/api/kubernetes/endpoint-slice.ts'
import type { CanarySharing } from '../controller/peers/canary-sharing.ts'
import { LimitSharing, type SharedLimits } from '../controller/peers/limit-sharing.ts'
import { Peers } from '../controller/peers/peers.ts'
import { rosterOf } from '../controller/peers/roster.ts'
import { udpSocket } from '../controller/peers/udp-socket.ts'
import { type Random, randomSeed } from '../lib/random.ts'
import type { CommandSpec } from './serve.ts'

const LEAST_KEY_BYTES = 32

export interface PeerParts {
  readonly limits: SharedLimits
  readonly canaries: CanarySharing
  /** Of a Service of the cluster. */
  readonly slices: (namespace: string, service: string) => readonly EndpointSlice[]
  readonly random: Random
}

/**
 * `undefined` where replicas are to work alone.
 * @throws Error in words where the port is taken or the key cannot be used.
 */
export async function startPeers({ config, clock, log }: CommandSpec, parts: PeerParts): Promise<Peers | undefined> {
  const { peerPort: port, peerKeyFile, bind: address } = config
  if (port === 0) return undefined
  const key = keyOf(peerKeyFile)
  const socket = await udpSocket({ address, port }).catch((error: Error) => {
    throw new Error(`--peer-port ${port}: ${error.message}`)
  })
  const sharing = new LimitSharing(parts.limits)
  const peers = new Peers({
    ...{ clock, log, socket, key },
    self: `${config.podName ?? machineName()}-${randomSeed(parts.random)}`,
    roster: () => rosterNow(config, parts),
    sums: () => new Map([...sharing.sums(), ...parts.canaries.sums()]),
    onRound: () => {
      sharing.divide(peers)
      parts.canaries.hear(peers)
    },
  })
  return peers
}

function rosterNow({ peerService, peers, podName }: Config, { slices }: PeerParts) {
  const [namespace = '', service = ''] = peerService?.split('/') ?? []
  return [...peers, ...(peerService === undefined ? [] : rosterOf(slices(namespace, service), podName))]
}

function keyOf(file: string | undefined): Uint8Array {
  if (file === undefined)
    throw new Error('--peer-port needs --peer-key-file: without a secret anybody could be a replica')
  const key = readFileSync(file)
  if (key.length >= LEAST_KEY_BYTES) return key
  throw new Error(`--peer-key-file ${file}: expected at least ${LEAST_KEY_BYTES} bytes, not ${key.length}`)
}
