/** One benchmark at a time on a machine: two would measure each other. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** In Linux's abstract namespace: no file, and gone with the process that holds it, however it ends. */
const LOCK = '\0sluice-bench'
const RETRY_MS = 500

/** Waits until no other benchmark runs; from then on the others wait for this process. */
export async function takeTurn(): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const lock = createServer().listen(LOCK)
    const held = await once(lock, 'listening').then(
      () => true,
      () => false,
    )
    if (held) return void lock.unref()
    if (attempt === 0) console.error('another benchmark is running: waiting for it to end')
    await pause(RETRY_MS)
  }
}
