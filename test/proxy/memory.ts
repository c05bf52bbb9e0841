/** How much memory outside of the heap this process holds; garbage does not count. */
import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { turn } from './eventually.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Garbage may take some turns of the event loop to be swept. */
const SWEEPS = 20

/** Bytes of buffers in use. */
export function heldBytes(): number {
  collect()
  return process.memoryUsage().arrayBuffers
}

/** Fails where more than `most` bytes are in use beyond those of `before`, also once all garbage is gone. */
export async function assertHeld(before: number, most: number): Promise<void> {
  let held = heldBytes() - before
  for (let i = 0; i < SWEEPS && held > most; i++) {
    await turn()
    held = heldBytes() - before
  }
  assert.ok(held <= most, `${held} bytes held, more than ${most}`)
}
