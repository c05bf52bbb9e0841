/** A folder of Kubernetes manifests as a source (interim: the signature others code against). */
import type { Clock } from '../../lib/clock.ts'
import type { Source, SourceBatch } from './source.ts'

export interface FilesSourceInit {
  /** The folder; what is in it may change at any time. */
  readonly dir: string
  readonly clock: Clock
}

export class FilesSource implements Source {
  readonly dir: string

  constructor({ dir }: FilesSourceInit) {
    this.dir = dir
  }

  start(_sink: (batch: SourceBatch) => void): Promise<void> {
    return Promise.reject(new Error('under construction'))
  }

  stop(): void {}
}
