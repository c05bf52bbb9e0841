/** The load: wrk with one thread, its requests and its report written in its own Lua; others for what wrk cannot do. */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BROWSER_FIELDS } from './browser-fields.ts'
import { h2load } from './h2load.ts'
import { handshakes } from './handshakes.ts'
import { type LoadResult, type LoadSpec, pinned } from './load-spec.ts'

const run = promisify(execFile)
/** What wrk prints may be long where it complains. */
const MARK = 'SLUICE-BENCH '

export function load(spec: LoadSpec): Promise<LoadResult> {
  const { streams, handshake } = spec.request
  if (handshake !== undefined) return handshakes(spec, handshake)
  return streams === undefined ? wrk(spec) : h2load(spec, streams)
}

async function wrk(spec: LoadSpec): Promise<LoadResult> {
  const script = join(spec.dir, 'wrk.lua')
  writeFileSync(script, luaScript(spec))
  const url = `${spec.request.tls ? 'https' : 'http'}://127.0.0.1:${spec.port}${spec.request.path}`
  const command = ['wrk', '-t1', `-c${spec.connections}`, `-d${spec.seconds}s`, '-s', script, url]
  const [file, ...args] = pinned(spec.core, command)
  const { stdout } = await run(file, args)
  const line = stdout.split('\n').find((text) => text.startsWith(MARK))
  if (line === undefined) throw new Error(`wrk ended without a report:\n${stdout}`)
  return JSON.parse(line.slice(MARK.length)) as LoadResult
}

function luaScript(spec: LoadSpec): string {
  return `wrk.method = '${spec.request.method}'
wrk.headers['Host'] = '${spec.hosts[0]}'
${spec.request.browser ? BROWSER_FIELDS.map(([name, value]) => `wrk.headers['${name}'] = '${value}'`).join('\n') : ''}
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
