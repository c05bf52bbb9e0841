/** Load of handshakes: OpenSSL opens one connection after the other, asks once on each, and leaves. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type LoadResult, type LoadSpec, pinned } from './load-spec.ts'

const run = promisify(execFile)

export async function handshakes(spec: LoadSpec, kind: 'full' | 'resumed'): Promise<LoadResult> {
  const { port, seconds, core, request } = spec
  const to = ['-connect', `127.0.0.1:${port}`, '-www', request.path, '-time', `${seconds}`]
  const [file, ...args] = pinned(core, ['openssl', 's_time', kind === 'full' ? '-new' : '-reuse', ...to])
  const { stdout } = await run(file, args)
  const report = /^(\d+) connections in (\d+) real seconds/m.exec(stdout)
  if (report === null) throw new Error(`openssl s_time ended without a report:\n${stdout}`)
  return { requests: Number(report[1]), seconds, p99Ms: Number.NaN, errors: 0 }
}
