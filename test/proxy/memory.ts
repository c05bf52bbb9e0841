/** How much memory outside of the heap this process holds; garbage does not count. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of buffers in use. */
export function heldBytes(): number {
  collect()
  collect()
  return process.memoryUsage().arrayBuffers
}
