/** What the settings of the proxy mean for one HTTP/2 connection of a client. */
import type { ProxySettings } from '../../model/settings.ts'
import { type ConnectionSpec, DEFAULT_CONNECTION } from '../http2/limits.ts'

let last: ProxySettings | undefined
let lastSpec = DEFAULT_CONNECTION

/** The same object for the same settings: nearly all connections have them. */
export function connectionSpec(settings: ProxySettings): ConnectionSpec {
  if (settings !== last) {
    last = settings
    lastSpec = specOf(settings)
  }
  return lastSpec
}

function specOf({ limits, timeouts, http2 }: ProxySettings): ConnectionSpec {
  const headMs = orForever(timeouts.headerMs)
  return {
    limits: {
      ...DEFAULT_CONNECTION.limits,
      streams: http2.maxStreams,
      head: { bytes: limits.headerBytes, fields: limits.headerFields },
    },
    timeouts: {
      ...DEFAULT_CONNECTION.timeouts,
      prefaceMs: headMs,
      settingsMs: headMs,
      headMs,
      stalledMs: orForever(timeouts.writeGapMs),
      idleMs: orForever(timeouts.idleMs),
      ageMs: orForever(http2.maxAgeMs),
    },
  }
}

/** In settings 0 is no limit. */
function orForever(ms: number): number {
  return ms === 0 ? Number.POSITIVE_INFINITY : ms
}
