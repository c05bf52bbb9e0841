/** Entry of a worker thread: joins messages, data plane and access log, and gives them real time and chance. */
import { parentPort, workerData } from 'node:worker_threads'
import { SystemClock } from '../lib/clock.ts'
import { memoryShare } from '../lib/memory.ts'
import { systemRandom } from '../lib/random.ts'
import { BufferedAccessLog } from './access-log.ts'
import type { FromWorker, ToWorker, WorkerData } from './messages.ts'
import { Proxy as DataPlane } from './proxy.ts'
import { ConnectionCounts } from './shared/connection-counts.ts'
import { EndpointStats } from './shared/endpoint-stats.ts'
import { WorkerLoop } from './worker-loop.ts'

const supervisor = parentPort
if (supervisor === null) throw new Error('worker.ts is the entry of a worker thread and cannot run by itself')

const spec = workerData as WorkerData
const clock = new SystemClock()
const post = (message: FromWorker): void => supervisor.postMessage(message)
const accessLog = spec.accessLog ? new BufferedAccessLog({ clock, deliver }) : undefined
const connections = new ConnectionCounts(spec.connections, spec.index)
const endpoints = new EndpointStats(spec.endpoints, spec.index)
const suspect = (cluster: string): void => post({ type: 'suspect', cluster })
const { index: worker } = spec
const dataPlane = new DataPlane({
  ...{ clock, random: systemRandom, memory: memoryShare, accessLog },
  ...{ connections, endpoints, suspect, worker },
})
const loop = new WorkerLoop({ dataPlane, accessLog, post })

supervisor.on('message', (message: ToWorker) => loop.receive(message))

function deliver(lines: Uint8Array<ArrayBuffer>): void {
  supervisor!.postMessage({ type: 'log', lines } satisfies FromWorker, [lines.buffer])
}
