/**
 * Ports of a node that lead to a Pod: those it asks for, and all that it names where it is in the host's network. (Such
 * a Pod has a network of its own here, so that several nodes can be one machine.)
 */
import type { Pod } from './pod-context.ts'
import { TcpRelay } from './tcp-relay.ts'

const CONNECT_MS = 1_000

/** @throws Error where one of them is taken. */
export async function openHostPorts(pod: Pod, hostAddress: string, address: string): Promise<readonly TcpRelay[]> {
  const ports = pod.spec.containers.flatMap(({ ports = [] }) => ports)
  const wanted = ports.filter(({ hostPort, protocol = 'TCP' }) => hostPort !== undefined && protocol === 'TCP')
  const relays: TcpRelay[] = []
  try {
    for (const { containerPort, hostPort = 0 } of wanted) {
      const targets = () => [{ host: address, port: containerPort }]
      relays.push(await TcpRelay.listen({ host: hostAddress, port: hostPort, targets, connectMs: CONNECT_MS }))
    }
  } catch (error) {
    for (const relay of relays) relay.close()
    throw error
  }
  return relays
}
