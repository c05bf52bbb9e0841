/** Field lines with what stands before them, twice: as the text that fields are slices of, and as bytes to scan. */
export interface HeadText {
  /** Starts with the lines, each with its CRLF; may hold more behind them. */
  readonly text: string
  /** `bytes[shift + i]` is character `i` of the text. Scanning these takes half the time (measured). */
  readonly bytes: Uint8Array
  readonly shift: number
  /** How much of the text is lines. */
  readonly length: number
}

/** Of text that did not come as one run of bytes. */
export function headText(text: string, length = text.length): HeadText {
  return { text, bytes: Buffer.from(text, 'latin1'), shift: 0, length }
}
