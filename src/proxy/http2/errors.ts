/**
 * Everything a peer can do wrong on HTTP/2 is a row here: whether the stream or the connection ends, and with which
 * error code (RFC 9113 section 7). Frames, log, metrics and tests read the row.
 */

/** Error codes of RFC 9113 section 7. */
export const ERROR_CODES = {
  NO_ERROR: 0x0,
  PROTOCOL_ERROR: 0x1,
  INTERNAL_ERROR: 0x2,
  FLOW_CONTROL_ERROR: 0x3,
  SETTINGS_TIMEOUT: 0x4,
  STREAM_CLOSED: 0x5,
  FRAME_SIZE_ERROR: 0x6,
  REFUSED_STREAM: 0x7,
  CANCEL: 0x8,
  COMPRESSION_ERROR: 0x9,
  CONNECT_ERROR: 0xa,
  ENHANCE_YOUR_CALM: 0xb,
  INADEQUATE_SECURITY: 0xc,
  HTTP_1_1_REQUIRED: 0xd,
} as const

export type ErrorName = keyof typeof ERROR_CODES

export interface ViolationRow {
  /** What ends. A stream error where no such stream lives ends nothing, but is answered all the same. */
  readonly ends: 'connection' | 'stream'
  readonly code: ErrorName
}

const connection = (code: ErrorName): ViolationRow => ({ ends: 'connection', code })
const stream = (code: ErrorName): ViolationRow => ({ ends: 'stream', code })

export const VIOLATIONS = {
  /** Section 3.4. */
  'bad-preface': connection('PROTOCOL_ERROR'),
  /** Section 4.2. */
  'frame-too-long': connection('FRAME_SIZE_ERROR'),
  'frame-length': connection('FRAME_SIZE_ERROR'),
  /** A PRIORITY frame of a wrong length harms its stream alone (section 6.3). */
  'priority-length': stream('FRAME_SIZE_ERROR'),
  /** Sections 6.1 to 6.10: stream 0 where a stream is meant, or the other way about. */
  'frame-stream': connection('PROTOCOL_ERROR'),
  /** Section 6.1. */
  'bad-padding': connection('PROTOCOL_ERROR'),
  /** Section 4.3: a header block is one run of frames. */
  'block-interrupted': connection('PROTOCOL_ERROR'),
  'stray-continuation': connection('PROTOCOL_ERROR'),
  /** RFC 7541 by way of section 4.3. */
  'bad-compression': connection('COMPRESSION_ERROR'),
  'block-too-long': connection('ENHANCE_YOUR_CALM'),
  'too-many-continuations': connection('ENHANCE_YOUR_CALM'),
  /** Section 5.1. */
  'idle-stream': connection('PROTOCOL_ERROR'),
  'half-closed-stream': stream('STREAM_CLOSED'),
  'closed-stream': stream('STREAM_CLOSED'),
  'headers-on-closed-stream': connection('STREAM_CLOSED'),
  /** Section 5.1.1. */
  'bad-stream-id': connection('PROTOCOL_ERROR'),
  /** Section 5.1.2. */
  'too-many-streams': stream('REFUSED_STREAM'),
  /** Sections 5.3.1 (as RFC 7540 had it) and 6.3. */
  'own-dependency': stream('PROTOCOL_ERROR'),
  /** Section 6.5. */
  'settings-ack-payload': connection('FRAME_SIZE_ERROR'),
  'bad-setting': connection('PROTOCOL_ERROR'),
  'bad-window-setting': connection('FLOW_CONTROL_ERROR'),
  'settings-unanswered': connection('SETTINGS_TIMEOUT'),
  /** Section 6.6 and 8.4. */
  'push-promise': connection('PROTOCOL_ERROR'),
  /** Section 6.8. */
  'goaway-rises': connection('PROTOCOL_ERROR'),
  /** Section 6.9. */
  'zero-increment': stream('PROTOCOL_ERROR'),
  'zero-connection-increment': connection('PROTOCOL_ERROR'),
  'window-overflow': stream('FLOW_CONTROL_ERROR'),
  'connection-window-overflow': connection('FLOW_CONTROL_ERROR'),
  'window-exceeded': stream('FLOW_CONTROL_ERROR'),
  'connection-window-exceeded': connection('FLOW_CONTROL_ERROR'),
  /** Sections 8.1.1, 8.2 and 8.3. */
  'malformed-head': stream('PROTOCOL_ERROR'),
  'malformed-trailers': stream('PROTOCOL_ERROR'),
  'data-before-head': stream('PROTOCOL_ERROR'),
  'body-length': stream('PROTOCOL_ERROR'),
  'trailers-too-large': stream('ENHANCE_YOUR_CALM'),
  'head-too-large': stream('ENHANCE_YOUR_CALM'),
  /** RFC 9218 section 7.1. */
  'bad-priority-update': connection('PROTOCOL_ERROR'),
  /** Section 10.5: legal one by one, too many together. */
  'too-many-resets': connection('ENHANCE_YOUR_CALM'),
  'too-much-control': connection('ENHANCE_YOUR_CALM'),
  /** Times that ran out. */
  'preface-timeout': connection('PROTOCOL_ERROR'),
  'block-timeout': connection('ENHANCE_YOUR_CALM'),
  'window-stalled': stream('CANCEL'),
  /** A defect of ours. */
  'internal-error': connection('INTERNAL_ERROR'),
} as const satisfies Record<string, ViolationRow>

export type Violation = keyof typeof VIOLATIONS

export function codeOf(violation: Violation): number {
  return ERROR_CODES[VIOLATIONS[violation].code]
}

const NAMES = Object.keys(ERROR_CODES) as readonly ErrorName[]

/** Unknown codes mean INTERNAL_ERROR to whoever has to treat them (section 7). */
export function errorName(code: number): ErrorName {
  return NAMES[code] ?? 'INTERNAL_ERROR'
}
