/** `Keep-Alive: timeout=5`: how long an endpoint keeps a connection that waits (RFC 2068 section 19.7.1.1). */
const TIMEOUT = /(?:^|[,;\s])timeout\s*=\s*"?(\d{1,6})\b/i

export class AnnouncedIdle {
  #text: string | undefined = undefined
  #ms = 0

  /** Milliseconds; 0 where the answer says nothing. Answers of one endpoint say the same nearly always. */
  of(keepAlive: string | undefined): number {
    if (keepAlive !== this.#text) {
      this.#text = keepAlive
      this.#ms = Number(TIMEOUT.exec(keepAlive ?? '')?.[1] ?? 0) * 1000
    }
    return this.#ms
  }
}
