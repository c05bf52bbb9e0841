/**
 * Does a GET bring one of the statuses? On a connection of its own, which ends with the answer: what is asked is also
 * whether new connections are served.
 */
import { Client } from 'undici'
import type { HttpProbeSpec, StatusRange } from '../../../model/health.ts'
import { type Check, originOf } from './check.ts'

/** As much of the body is read as the kubelet reads, so that nobody sees a reset for a small one. */
const BODY_BYTES = 10 * 1024
const USER_AGENT = 'sluice-health-check'

export const httpCheck: Check<HttpProbeSpec> = async (target, probe, signal) => {
  const client = new Client(originOf(target, probe), {
    pipelining: 0,
    allowH2: false,
    // Whoever asks has a clock of its own, and says by the signal when it is over.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { rejectUnauthorized: false, timeout: 0 },
  })
  try {
    const headers = ['user-agent', USER_AGENT, 'accept', '*/*', ...probe.headers.flat()]
    const { statusCode, body } = await client.request({ method: 'GET', path: probe.path, headers, signal })
    await body.dump({ limit: BODY_BYTES, signal })
    if (probe.statuses.some(([from, to]) => from <= statusCode && statusCode <= to)) return undefined
    return `answered ${statusCode}, expected ${probe.statuses.map(rangeText).join(', ')}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    void client.destroy()
  }
}

function rangeText([from, to]: StatusRange): string {
  return from === to ? `${from}` : `${from}-${to}`
}
