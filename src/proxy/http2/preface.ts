/** What a client sends before its first frame (RFC 9113 section 3.4). */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

export class Preface {
  #matched = 0

  get isComplete(): boolean {
    return this.#matched === PREFACE.length
  }

  /** @returns where frames begin, or the end where more has to come; -1 for anything else than the preface. */
  take(bytes: Buffer, start: number, end: number): number {
    let at = start
    while (at < end && this.#matched < PREFACE.length) if (bytes[at++] !== PREFACE[this.#matched++]) return -1
    return at
  }
}
