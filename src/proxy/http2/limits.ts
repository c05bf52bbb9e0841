/** What we grant a peer, and how long we wait for it. */
import type { BudgetSpec } from './budget.ts'
import type { BlockLimits } from './field-block.ts'

export interface ConnectionLimits {
  /** Streams of the peer at once (section 5.1.2). */
  readonly streams: number
  readonly head: BlockLimits
  /** Most CONTINUATION frames of one header block. */
  readonly continuations: number
  /** Body bytes of one stream, and of all together, that may come before they are consumed; at least 65535. */
  readonly streamWindow: number
  readonly connectionWindow: number
  /** Bytes that wait to be written before bodies, and reading, have to wait too. */
  readonly outputBytes: number
  /** Streams that end before their time: by the peer, or because of what it sent. A finished one gives one back. */
  readonly resets: BudgetSpec
  /** Frames that ask for work and carry nothing. */
  readonly control: BudgetSpec
}

/** Milliseconds. */
export interface ConnectionTimeouts {
  /** From the start to the peer's first SETTINGS. */
  readonly prefaceMs: number
  /** For the acknowledgement of ours. */
  readonly settingsMs: number
  /** From the first to the last frame of a header block. */
  readonly headMs: number
  /** A body waits for window all that time. */
  readonly stalledMs: number
  /** Without any stream. */
  readonly idleMs: number
  /** Of the whole connection, after which it takes no new streams; Infinity for no limit. */
  readonly ageMs: number
  /** Between the two GOAWAY frames of a graceful end, where the PING between them stays unanswered. */
  readonly drainMs: number
}

export interface ConnectionSpec {
  readonly limits: ConnectionLimits
  readonly timeouts: ConnectionTimeouts
}

export const DEFAULT_CONNECTION: ConnectionSpec = {
  limits: {
    streams: 128,
    head: { bytes: 64 * 1024, fields: 128 },
    continuations: 32,
    streamWindow: 256 * 1024,
    connectionWindow: 1024 * 1024,
    outputBytes: 128 * 1024,
    resets: { burst: 200, perSecond: 20 },
    control: { burst: 2000, perSecond: 500 },
  },
  timeouts: {
    prefaceMs: 10_000,
    settingsMs: 10_000,
    headMs: 10_000,
    stalledMs: 60_000,
    idleMs: 75_000,
    ageMs: Number.POSITIVE_INFINITY,
    drainMs: 1_000,
  },
}

/** The window everybody has before SETTINGS say otherwise (section 6.9.2). */
export const DEFAULT_WINDOW = 65_535

/** @throws RangeError for windows below the default: the peer may use that before it has read our SETTINGS. */
export function checkLimits({ streamWindow, connectionWindow, resets, control }: ConnectionLimits): void {
  for (const [name, value] of Object.entries({ streamWindow, connectionWindow })) {
    if (value < DEFAULT_WINDOW || value > 0x7fffffff) {
      throw new RangeError(`${name} ${value}: expected ${DEFAULT_WINDOW} to 2147483647 bytes`)
    }
  }
  for (const [name, { burst }] of Object.entries({ resets, control })) {
    if (burst < 1) throw new RangeError(`${name}.burst ${burst}: expected at least 1`)
  }
}
