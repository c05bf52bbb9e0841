/** Opens the place that access-log lines go to. */
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { QueuedLineWriter } from '../proxy/supervisor/line-writer.ts'
import { fileSink, stdoutSink } from '../proxy/supervisor/sinks.ts'

/**
 * @param target `stdout`, `off` or a file to append to.
 * @throws Error naming the file that cannot be opened.
 */
export function openAccessLog(target: string, clock: Clock, log: Log): QueuedLineWriter | undefined {
  if (target === 'off') return undefined
  const sink = target === 'stdout' ? stdoutSink(process.stdout) : openFile(target)
  const onLost = (error: Error): void => log.error({ target, reason: error.message }, 'access log: lines are lost')
  return new QueuedLineWriter(sink, clock, onLost)
}

function openFile(path: string) {
  try {
    return fileSink(path)
  } catch (error) {
    throw new Error(`--access-log: ${path} cannot be opened: ${(error as Error).message}`)
  }
}
