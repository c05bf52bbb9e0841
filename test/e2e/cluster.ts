/**
 * `npm run cluster [-- --images FILE] [-- --set KEY=VALUE ...]`: a cluster of this machine with Sluice installed in it
 * by helm. It prints KUBECONFIG=, HTTP=, HTTPS= and ENTER= (words before any command that is to reach it), and stays
 * up until SIGTERM, which leaves nothing behind.
 */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { provideBinaries } from './harness/binaries.ts'
import { installSluice, SLUICE_NAMESPACE, SLUICE_SERVICE } from './harness/install.ts'
import { LocalCluster } from './harness/local-cluster.ts'
import { requireSandbox, runInSandbox } from './harness/sandbox.ts'

const { values } = parseArgs({
  options: {
    images: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
    // How the second half of this program is told from the first.
    inside: { type: 'boolean', default: false },
  },
})

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

try {
  if (values.inside) await inside()
  else process.exitCode = await outside()
} catch (error) {
  say((error as Error).message)
  process.exitCode = 1
}

/** Where there is a network, for what has to be built. */
async function outside(): Promise<number> {
  await requireSandbox()
  await provideBinaries(say)
  const settings = values.set.flatMap((each) => ['--set', each])
  const variables = values.images === undefined ? {} : { E2E_IMAGES: resolve(values.images) }
  return await runInSandbox([process.execPath, fileURLToPath(import.meta.url), '--inside', ...settings], variables)
}

async function inside(): Promise<void> {
  const ending = Promise.withResolvers<void>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ending.resolve())
  const cluster = await LocalCluster.start()
  try {
    say(`the API server is up, logs are in ${cluster.folder}; installing the chart`)
    await Promise.race([ending.promise, up(cluster)])
    await ending.promise
  } finally {
    await cluster.close()
  }
}

async function up(cluster: LocalCluster): Promise<void> {
  await installSluice(cluster, { set: values.set })
  const { http, https } = await cluster.addressOf(SLUICE_NAMESPACE, SLUICE_SERVICE)
  const lines = { KUBECONFIG: cluster.kubeconfig, HTTP: http, HTTPS: https, ENTER: cluster.enter.join(' ') }
  for (const [name, value] of Object.entries(lines)) process.stdout.write(`${name}=${value}\n`)
}
