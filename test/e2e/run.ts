/**
 * `npm run test:e2e [-- OPTIONS] [FILE...]`: the end-to-end suite, in a sandbox with clusters of this machine.
 *
 *   --full             all of the volumes, instead of about a tenth
 *   --images FILE      more images: lines `name: [argv]`
 *   --logs DIR         gets the logs of control plane and Pods of every cluster
 *   --name PATTERN     tests of FILE whose name matches
 *   --kubeconfig FILE  a cluster with Sluice installed, instead; `any-cluster.test.ts` alone runs there
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { provideBinaries } from './harness/binaries.ts'
import { environment, type Variables, variablesWith } from './harness/environment.ts'
import { requireSandbox, runInSandbox } from './harness/sandbox.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ON_ANY_CLUSTER = `${HERE}any-cluster.test.ts`
const TEST_TIMEOUT_MS = 600_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: 'boolean', default: false },
    images: { type: 'string' },
    logs: { type: 'string' },
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
  if (values.name !== undefined && positionals.length === 0) {
    throw new Error('--name: expected the FILE as well, since the clusters of all other files would be started in vain')
  }
  const kubeconfig = values.kubeconfig ?? environment.kubeconfig
  if (kubeconfig !== undefined) return await onGivenCluster(resolve(kubeconfig))
  await requireSandbox()
  await provideBinaries((line) => process.stderr.write(`${line}\n`))
  const files = globSync([`${HERE}*.test.ts`, `${HERE}harness/*.test.ts`]).sort()
  return await runInSandbox(testRunner(files), variables())
}

/** Most files are about what a cluster of our own can do. */
async function onGivenCluster(kubeconfig: string): Promise<number> {
  const [program, ...args] = testRunner([ON_ANY_CLUSTER])
  const env = variablesWith({ ...variables(), E2E_KUBECONFIG: kubeconfig })
  const [code] = (await once(spawn(program!, args, { stdio: 'inherit', env }), 'exit')) as [number | null]
  return code ?? 1
}

function testRunner(files: readonly string[]): readonly string[] {
  const only = values.name === undefined ? [] : [`--test-name-pattern=${values.name}`]
  const flags = ['--test', '--test-concurrency=1', `--test-timeout=${TEST_TIMEOUT_MS}`, '--test-reporter=spec', ...only]
  return [process.execPath, ...flags, ...(positionals.length > 0 ? positionals : files)]
}

/** What `harness/environment.ts` reads in the processes that run the tests. */
function variables(): Variables {
  const { full, images, logs } = values
  return {
    ...(full ? { E2E_FULL: '1' } : {}),
    ...(images === undefined ? {} : { E2E_IMAGES: resolve(images) }),
    ...(logs === undefined ? {} : { E2E_LOGS: resolve(logs) }),
  }
}
