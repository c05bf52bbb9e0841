/** The load: wrk with one thread, its requests and its report written in its own Lua. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** What wrk prints may be long where it complains. */
const MARK = 'SLUICE-BENCH '

export interface RequestSpec {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly bodyBytes: number
  /** Choose the host anew for each request, which costs wrk more than sending one request again. */
  readonly rotateHosts?: boolean
}

export interface LoadSpec {
  readonly dir: string
  readonly port: number
  readonly hosts: readonly string[]
  readonly request: RequestSpec
  readonly connections: number
  readonly seconds: number
  readonly core: number | undefined
}

export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  readonly p99Ms: number
  /** Failed connections, reads, writes, timeouts, and answers with a status of 400 or more. */
  readonly errors: number
}

export async function load(spec: LoadSpec): Promise<LoadResult> {
  const script = join(spec.dir, 'wrk.lua')
  writeFileSync(script, luaScript(spec))
  const wrk = ['wrk', '-t1', `-c${spec.connections}`, `-d${spec.seconds}s`, '-s', script]
  const pinned = spec.core === undefined ? wrk : ['taskset', '-c', `${spec.core}`, ...wrk]
  const { stdout } = await run(pinned[0]!, [...pinned.slice(1), `http://127.0.0.1:${spec.port}${spec.request.path}`])
  const line = stdout.split('\n').find((text) => text.startsWith(MARK))
  if (line === undefined) throw new Error(`wrk ended without a report:\n${stdout}`)
  return JSON.parse(line.slice(MARK.length)) as LoadResult
}

function luaScript(spec: LoadSpec): string {
  return `wrk.method = '${spec.request.method}'
wrk.headers['Host'] = '${spec.hosts[0]}'
${spec.request.bodyBytes > 0 ? `wrk.body = string.rep('x', ${spec.request.bodyBytes})` : ''}
${spec.request.rotateHosts ? manyHosts(spec.hosts) : ''}
function done(summary, latency)
  local e = summary.errors
  print(string.format('${MARK}{"requests":%d,"seconds":%.6f,"p99Ms":%.3f,"errors":%d}', summary.requests,
    summary.duration / 1e6, latency:percentile(99) / 1e3, e.connect + e.read + e.write + e.status + e.timeout))
end
`
}

/** Requests made beforehand and sent in an order that no cache of recent hosts likes. */
function manyHosts(hosts: readonly string[]): string {
  return `local hosts, requests = { '${hosts.join("','")}' }, {}
function init()
  for i, host in ipairs(hosts) do
    wrk.headers['Host'] = host
    requests[i] = wrk.format()
  end
end
local at = 0
function request()
  at = (at + 7919) % #requests
  return requests[at + 1]
end
`
}
