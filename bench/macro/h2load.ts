/** Load by HTTP/2: h2load of nghttp2, with one thread. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BROWSER_FIELDS } from './browser-fields.ts'
import { type LoadResult, type LoadSpec, pinned } from './load-spec.ts'

const run = promisify(execFile)
/** Where not all connections stand before its time is over, h2load asks on for ever. */
const PATIENCE_SECONDS = 30

/** @param streams requests at once on each connection. */
export async function h2load(spec: LoadSpec, streams: number): Promise<LoadResult> {
  const { request, port, connections, seconds, core } = spec
  const fields = request.browser ? BROWSER_FIELDS.flatMap(([name, value]) => ['-H', `${name}: ${value}`]) : []
  const body = join(spec.dir, 'body')
  if (request.bodyBytes > 0) writeFileSync(body, Buffer.alloc(request.bodyBytes))
  const sent = request.bodyBytes > 0 ? ['-d', body] : []
  const call = request.grpc ? ['-H', 'content-type: application/grpc', '-H', 'te: trailers'] : []
  const host = ['-H', `:authority: ${spec.hosts[0]}`, `--connect-to=127.0.0.1:${port}`]
  const shape = ['-t1', `-c${connections}`, `-m${streams}`, `-D${seconds}`]
  // As a browser does: the name of the host is in the handshake, too.
  const url = `${request.tls ? 'https' : 'http'}://${spec.hosts[0]}:${port}${request.path}`
  const [file, ...args] = pinned(core, ['h2load', ...shape, ...host, ...fields, ...call, ...sent, url])
  const timeout = (seconds + PATIENCE_SECONDS) * 1000
  const { stdout } = await run(file, args, { timeout }).catch((error: Error & { killed?: boolean }) => {
    if (error.killed !== true) throw error
    throw new Error(`h2load had not opened its ${connections} connections after ${seconds} s: give --seconds more`)
  })
  return resultOf(stdout, seconds)
}

/** h2load counts the requests that its end cut off as failed: at most those that were under way. */
function resultOf(output: string, seconds: number): LoadResult {
  const requests = /^requests: .* (\d+) succeeded, \d+ failed, (\d+) errored, (\d+) timeout/m.exec(output)
  const statuses = /^status codes: \d+ 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/m.exec(output)
  if (requests === null || statuses === null) throw new Error(`h2load ended without a report:\n${output}`)
  const [succeeded = 0, errored = 0, timeouts = 0] = requests.slice(1).map(Number)
  const refused = statuses.slice(1).reduce((sum, n) => sum + Number(n), 0)
  return { requests: succeeded, seconds, p99Ms: Number.NaN, errors: errored + timeouts + refused }
}
