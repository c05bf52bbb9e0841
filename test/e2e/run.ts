/**
 * `npm run test:e2e [-- [--full] [--images FILE] [--kubeconfig FILE] [--name PATTERN] [FILE...]]`: the end-to-end suite, in a sandbox
 * with a cluster of this machine, or on a cluster that is there already.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { provideBinaries } from './harness/binaries.ts'
import { environment } from './harness/environment.ts'
import { runInSandbox } from './harness/sandbox.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const TEST_TIMEOUT_MS = 600_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: 'boolean', default: false },
    images: { type: 'string' },
    kubeconfig: { type: 'string' },
    name: { type: 'string' },
  },
})

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

async function main(): Promise<number> {
  // Read by `harness/environment.ts` in the processes that run the tests.
  if (values.full) process.env.E2E_FULL = '1'
  if (values.images !== undefined) process.env.E2E_IMAGES = resolve(values.images)
  const kubeconfig = values.kubeconfig ?? environment.kubeconfig
  if (kubeconfig !== undefined) process.env.E2E_KUBECONFIG = resolve(kubeconfig)
  if (values.name !== undefined && positionals.length === 0) {
    throw new Error('--name: expected the FILE as well, since the clusters of all other files would be started in vain')
  }
  await provideBinaries((line) => process.stderr.write(`${line}\n`))
  const files = positionals.length > 0 ? positionals : globSync(`${HERE}*.test.ts`).sort()
  const only = values.name === undefined ? [] : [`--test-name-pattern=${values.name}`]
  const flags = ['--test', '--test-concurrency=1', `--test-timeout=${TEST_TIMEOUT_MS}`, '--test-reporter=spec', ...only]
  const argv = [process.execPath, ...flags, ...files]
  return kubeconfig === undefined ? await runInSandbox(argv) : await runHere(argv)
}

async function runHere([program, ...args]: readonly string[]): Promise<number> {
  const [code] = (await once(spawn(program!, args, { stdio: 'inherit' }), 'exit')) as [number | null]
  return code ?? 1
}
