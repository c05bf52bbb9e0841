/**
 * Does `grpc.health.v1.Health/Check` say SERVING? As the kubelet asks it (KEP-2727), on a connection of its own. The two
 * messages are small enough to be written and read without protobuf: a name as field 1, a number as field 1.
 */
import { Client } from 'undici'
import type { GrpcProbeSpec } from '../../../model/health.ts'
import { type Check, originOf } from './check.ts'

const PATH = '/grpc.health.v1.Health/Check'
const HEADERS = { 'content-type': 'application/grpc', te: 'trailers', 'user-agent': 'sluice-health-check' }
/** Of a message: whether it is compressed, and its length. */
const PREFIX_BYTES = 5
const NAME_FIELD = 0x0a
const STATUS_FIELD = 0x08
/** By their numbers. */
const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const
/** Longer answers are none of this service. */
const MOST_BYTES = 1024

export const grpcCheck: Check<GrpcProbeSpec> = async (target, probe, signal) => {
  const client = new Client(originOf(target, probe), {
    pipelining: 0,
    maxResponseSize: MOST_BYTES,
    allowH2: true,
    h2Options: { useH2c: true },
    // Whoever asks has a clock of its own, and says by the signal when it is over.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { rejectUnauthorized: false, timeout: 0 },
  })
  try {
    const body = question(probe.service)
    const answer = await client.request({ method: 'POST', path: PATH, headers: HEADERS, body, signal })
    const message = Buffer.from(await answer.body.arrayBuffer())
    const status = answer.trailers['grpc-status'] ?? answer.headers['grpc-status']
    if (answer.statusCode !== 200 || status !== '0') return `answered ${answer.statusCode}, grpc-status ${status}`
    return complaintOf(message)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    void client.destroy()
  }
}

/** HealthCheckRequest; without a name it is about the server as a whole. */
function question(service: string): Buffer {
  const name = Buffer.from(service)
  const message = name.length === 0 ? name : Buffer.concat([Buffer.of(NAME_FIELD, name.length), name])
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** HealthCheckResponse; a number of zero is left out by those who write it. */
function complaintOf(message: Buffer): string | undefined {
  const isReadable = message.length >= PREFIX_BYTES && message[0] === 0
  if (!isReadable) return 'answered no health status'
  const number = message[PREFIX_BYTES] === STATUS_FIELD ? (message[PREFIX_BYTES + 1] ?? 0) : 0
  const status = STATUSES[number] ?? `${number}`
  return status === 'SERVING' ? undefined : `answered ${status}`
}
