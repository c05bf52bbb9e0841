/** What a connection has to get through before HTTP is spoken on it. */
import type { Socket } from 'node:net'
import type { Deadlines, Timed } from '../deadlines.ts'
import type { Parting } from '../sides.ts'
import type { Connection } from './host.ts'

export interface PreludeInit {
  readonly deadlines: Deadlines
  /** Longest time for all of it; 0 is no limit. */
  readonly timeoutMs: number
}

export abstract class Prelude implements Connection, Timed {
  readonly busy = false
  slot = -1
  deadline: number
  protected over = false
  readonly #deadlines: Deadlines

  constructor(socket: Socket, { deadlines, timeoutMs }: PreludeInit) {
    this.#deadlines = deadlines
    socket.once('close', () => this.fail())
    // A client that leaves in between: half-open connections are for later, when there may be an answer under way.
    socket.once('end', () => this.fail())
    deadlines.add(this)
    this.deadline = deadlines.in(timeoutMs)
  }

  /** Nothing comes of it; harmless once it is over. */
  protected abstract fail(): void

  abstract onDeadline(): void

  /** It goes on: the request behind it is answered, and the answer says that the connection ends. */
  drain(): void {}

  cut(): void {
    this.fail()
  }

  leave(): Parting {
    return 'later'
  }

  /** @returns whether it was not over already. */
  protected finish(): boolean {
    if (this.over) return false
    this.over = true
    this.#deadlines.remove(this)
    return true
  }
}
