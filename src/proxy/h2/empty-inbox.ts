/** What an inbox is to a stream on which nothing comes behind the head: all but this is spared, as most requests have it. */
import type { Violation } from '../http2/errors.ts'
import type { InboxOwner, OwnedSink } from './inbox.ts'

export class EmptyInbox implements OwnedSink {
  readonly owner: InboxOwner

  constructor(owner: InboxOwner) {
    this.owner = owner
  }

  /** The codec lets nothing through behind END_STREAM. */
  data(): void {}

  end(): void {}

  writable(): void {
    this.owner.writable()
  }

  reset(code: number, violation: Violation | undefined): void {
    this.owner.broken(code, violation)
  }
}
