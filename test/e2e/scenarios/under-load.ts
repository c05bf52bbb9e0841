/** Does something to the cluster while clients are at work, and says what they saw. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Load, type LoadResult } from '../load/load.ts'
import { APP_HOST, type Stage } from './stage.ts'

/** What is late, or fails only after a while, is seen as well. */
const AFTERMATH_MS = 2_000

export interface Clients {
  readonly connections: number
  readonly requestsPerSecond: number
}

export async function underLoad(stage: Stage, clients: Clients, act: () => Promise<void>): Promise<LoadResult> {
  const load = await Load.start({ url: stage.url, hostHeader: APP_HOST, ...clients })
  try {
    await act()
    await sleep(AFTERMATH_MS)
    return await load.stop()
  } catch (error) {
    load.kill()
    throw error
  }
}
