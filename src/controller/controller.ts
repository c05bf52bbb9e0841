/** Wires source, store and reconciler (interim: the signature others code against). */
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Problem } from '../model/problem.ts'
import type { Publisher } from '../model/snapshot.ts'
import type { Source } from './source/source.ts'
import type { TranslateOptions } from './translate/options.ts'

/** The part of a pino logger that the controller needs. */
export interface ControllerLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface ControllerInit {
  readonly source: Source
  readonly clock: Clock
  readonly random: Random
  readonly publisher: Publisher
  readonly options: TranslateOptions
  /** Told all current problems, in a fixed order, whenever they change; first before `start` resolves. */
  readonly onProblems: (problems: readonly Problem[]) => void
  readonly log: ControllerLog
}

export class Controller {
  readonly init: ControllerInit

  constructor(init: ControllerInit) {
    this.init = init
  }

  /** Resolves when the first snapshot was published and applied. Rejects where the source cannot be read at all. */
  start(): Promise<void> {
    return Promise.reject(new Error('under construction'))
  }

  /** Ends watching and publishing. What was published stays. */
  stop(): void {}
}
