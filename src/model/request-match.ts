/** Which requests something is for. */

/** A text that has to be there; with `value` or `pattern`, it has to be or to match that as a whole. */
export interface TextMatch {
  readonly name: string
  readonly value?: string
  /** As `lib/pattern.ts` reads it. */
  readonly pattern?: string
}

/** All of it has to hold. */
export interface RequestMatch {
  /** One of them. */
  readonly methods?: readonly string[]
  readonly headers?: readonly TextMatch[]
  readonly cookies?: readonly TextMatch[]
  readonly query?: readonly TextMatch[]
  /** Ranges of addresses, one of which has to hold the client's. */
  readonly clients?: readonly string[]
}
