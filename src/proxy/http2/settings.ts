/** SETTINGS (RFC 9113 section 6.5): what a peer may set, and what it has set. */
import type { Violation } from './errors.ts'
import { MAX_FRAME_BYTES, MAX_WINDOW } from './frames.ts'
import { DEFAULT_WINDOW } from './limits.ts'

export const SETTING = {
  headerTableSize: 0x1,
  enablePush: 0x2,
  maxConcurrentStreams: 0x3,
  initialWindowSize: 0x4,
  maxFrameSize: 0x5,
  maxHeaderListSize: 0x6,
  /** RFC 8441. */
  enableConnectProtocol: 0x8,
  /** RFC 9218: the priorities of RFC 7540 count for nothing. */
  noRfc7540Priorities: 0x9,
} as const

/** One of them and its value. */
export type Setting = readonly [id: number, value: number]

const LARGEST_FRAME = 0xffffff
const ENTRY_BYTES = 6

export class PeerSettings {
  /** Whether the peer has set anything yet, if only that all is as usual. */
  hasCome = false
  headerTableSize = 4096
  maxConcurrentStreams = Number.POSITIVE_INFINITY
  initialWindowSize = DEFAULT_WINDOW
  maxFrameSize = MAX_FRAME_BYTES
  maxHeaderListSize = Number.POSITIVE_INFINITY
  connectProtocol = false
  readonly #fromServer: boolean

  constructor(fromServer: boolean) {
    this.#fromServer = fromServer
  }

  /** Takes the payload of a frame, entry by entry, in order. @returns what is wrong with it. */
  take(bytes: Buffer, start: number, end: number): Violation | undefined {
    if ((end - start) % ENTRY_BYTES !== 0) return 'frame-length'
    for (let at = start; at < end; at += ENTRY_BYTES) {
      const fault = this.#set(bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2))
      if (fault !== undefined) return fault
    }
    this.hasCome = true
    return undefined
  }

  /** Unknown ones are ignored (section 6.5.2). */
  #set(id: number, value: number): Violation | undefined {
    switch (id) {
      case SETTING.headerTableSize:
        this.headerTableSize = value
        return undefined
      case SETTING.enablePush:
        // A server may only say no.
        return value > 1 || (this.#fromServer && value === 1) ? 'bad-setting' : undefined
      case SETTING.maxConcurrentStreams:
        this.maxConcurrentStreams = value
        return undefined
      case SETTING.initialWindowSize:
        if (value > MAX_WINDOW) return 'bad-window-setting'
        this.initialWindowSize = value
        return undefined
      case SETTING.maxFrameSize:
        if (value < MAX_FRAME_BYTES || value > LARGEST_FRAME) return 'bad-setting'
        this.maxFrameSize = value
        return undefined
      case SETTING.maxHeaderListSize:
        this.maxHeaderListSize = value
        return undefined
      case SETTING.enableConnectProtocol:
        return this.#setConnectProtocol(value)
      case SETTING.noRfc7540Priorities:
        return value > 1 ? 'bad-setting' : undefined
      default:
        return undefined
    }
  }

  /** Once offered it cannot be taken back (RFC 8441 section 3). */
  #setConnectProtocol(value: number): Violation | undefined {
    if (value > 1 || (value === 0 && this.connectProtocol)) return 'bad-setting'
    this.connectProtocol = value === 1
    return undefined
  }
}
