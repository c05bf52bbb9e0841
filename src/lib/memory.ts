/** How much of its memory the process uses. */
import { totalmem } from 'node:os'

/** From 0 to 1, of what its cgroup allows or, without a limit there, of what the machine has. */
export function memoryShare(): number {
  const limit = process.constrainedMemory()
  const all = totalmem()
  return process.memoryUsage.rss() / (limit > 0 && limit < all ? limit : all)
}
