/**
 * What we grant an endpoint on one HTTP/2 connection. It is asked by us for what it sends, and one connection carries
 * what many clients have asked for: so budgets are wide, and the window of the connection is that of many streams, so
 * that a few clients who do not read stop nobody else.
 */
import type { ProxySettings } from '../../model/settings.ts'
import { type ConnectionSpec, DEFAULT_CONNECTION } from '../http2/limits.ts'

/** Streams of one connection, where the endpoint allows as many. */
const STREAMS = 1000
const CONNECTION_WINDOW = 32 * 1024 * 1024

/** @param idleMs without a stream; 0 is for ever. */
export function upstreamSpec({ limits }: ProxySettings, idleMs: number): ConnectionSpec {
  return {
    limits: {
      ...DEFAULT_CONNECTION.limits,
      streams: STREAMS,
      head: { bytes: limits.headerBytes, fields: limits.headerFields },
      connectionWindow: CONNECTION_WINDOW,
      resets: { burst: 10_000, perSecond: 1_000 },
      control: { burst: 10_000, perSecond: 5_000 },
    },
    timeouts: { ...DEFAULT_CONNECTION.timeouts, idleMs: idleMs === 0 ? Number.POSITIVE_INFINITY : idleMs },
  }
}
