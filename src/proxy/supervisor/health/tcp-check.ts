/** Is there somebody who takes connections? */
import { connect } from 'node:net'
import type { TcpProbeSpec } from '../../../model/health.ts'
import type { Check, Complaint } from './check.ts'

export const tcpCheck: Check<TcpProbeSpec> = ({ address, port }, probe, signal) => {
  const { promise, resolve } = Promise.withResolvers<Complaint>()
  const socket = connect({ host: address, port: probe.port ?? port, signal })
  socket.on('connect', () => resolve(undefined))
  socket.on('error', (error) => resolve(error.message))
  return promise.finally(() => socket.destroy())
}
