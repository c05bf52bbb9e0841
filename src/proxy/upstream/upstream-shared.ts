/** What all connections of one worker to endpoints share. */
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import type { ProxySettings } from '../../model/settings.ts'
import type { Deadlines } from '../deadlines.ts'
import type { TurnEnd } from '../turn-end.ts'
import type { News } from './news.ts'
import type { Occupants } from './occupants.ts'
import type { ReadBuffers } from './read-buffers.ts'
import type { ResponseReaders } from './response-readers.ts'

export interface UpstreamShared {
  readonly clock: Clock
  readonly random: Random
  /** Of all sockets of the worker. */
  readonly news: News
  readonly deadlines: Deadlines
  readonly settings: () => ProxySettings
  readonly buffers: ReadBuffers
  readonly readers: ResponseReaders
  /** What all HTTP/2 connections read into. */
  readonly h2Reads: Buffer
  readonly turnEnd: TurnEnd
  /** Pools with connections. */
  readonly occupants: Occupants
  /** Open connections, for the gauges. */
  busy: number
  idle: number
}
