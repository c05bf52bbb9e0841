/**
 * The programs of a control plane: from `KUBEBUILDER_ASSETS`, or from our cache, or built from Go modules into it. They
 * are never skipped for want of a program: what cannot be had is an error that says what to install.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './command.ts'
import { environment } from './environment.ts'
import { provideGoProgram, requireGo } from './go-program.ts'

const MODULE = fileURLToPath(new URL('../controlplane/', import.meta.url))
/** What makes another build: pinned versions and what is compiled. */
const INPUTS = ['go.mod', 'go.sum', 'etcd/main.go']

const KUBERNETES_VERSION = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/
const HELM_MODULE = 'helm.sh/helm/v3/cmd/helm'
export const HELM_VERSION = 'v3.22.0'

/** Program → package. */
const PACKAGES = {
  etcd: './etcd',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
} as const
type Program = keyof typeof PACKAGES

/** Absolute paths. */
export interface Binaries {
  readonly etcd: string
  readonly apiServer: string
  readonly controllerManager: string
  readonly kubectl: string
  readonly helm: string
}

/**
 * Finds all programs, and builds those that are nowhere: six minutes on two cores, once.
 * @param say told before anything takes long.
 * @throws Error that says what to install or to set.
 */
export async function provideBinaries(say: (line: string) => void): Promise<Binaries> {
  const folder = join(environment.cache, cacheKey())
  const missing = (Object.keys(PACKAGES) as Program[]).filter((program) => find(program, folder) === undefined)
  if (missing.length > 0) await build(missing, folder, say)
  const helm = await provideHelm(say)
  const at = (program: Program) => find(program, folder)!
  return {
    etcd: at('etcd'),
    apiServer: at('kube-apiserver'),
    controllerManager: at('kube-controller-manager'),
    kubectl: at('kubectl'),
    helm,
  }
}

/** Finds helm, or builds it. */
export function provideHelm(say: (line: string) => void): Promise<string> {
  return provideGoProgram({ name: 'helm', from: HELM_MODULE, version: HELM_VERSION }, say)
}

function find(program: Program, folder: string): string | undefined {
  const places = environment.assets === undefined ? [folder] : [environment.assets, folder]
  return places.map((place) => join(place, program)).find((file) => existsSync(file))
}

function cacheKey(): string {
  const hash = createHash('sha256')
  for (const name of INPUTS) hash.update(readFileSync(join(MODULE, name)))
  return `controlplane-${hash.update(linkerFlags()).digest('hex').slice(0, 16)}`
}

async function build(programs: readonly Program[], folder: string, say: (line: string) => void): Promise<void> {
  await requireGo(programs)
  say(`building ${programs.join(', ')} into ${folder}; on two cores this takes six minutes, once`)
  // Programs appear under their name when they are whole.
  const unfinished = `${folder}.${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  mkdirSync(folder, { recursive: true })
  try {
    const packages = programs.map((program) => PACKAGES[program])
    const flags = ['-trimpath', '-ldflags', linkerFlags(), '-o', `${unfinished}/`]
    // Two builds at once would take each other's cores and do everything twice.
    const lock = ['flock', join(environment.cache, 'build.lock')]
    await run([...lock, 'go', 'build', ...flags, ...packages], { cwd: MODULE, variables: { CGO_ENABLED: '0' } })
    for (const program of programs) renameSync(join(unfinished, program), join(folder, program))
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

/** Programs of Kubernetes tell their version from what the linker was told. */
function linkerFlags(): string {
  const [, version, major, minor] = KUBERNETES_VERSION.exec(readFileSync(join(MODULE, 'go.mod'), 'utf8')) ?? []
  if (version === undefined) throw new Error(`${MODULE}go.mod: expected a version of k8s.io/kubernetes`)
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor }
  const settings = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) =>
    Object.entries(values).map(([name, value]) => `-X ${path}.${name}=${value}`),
  )
  return ['-s', '-w', ...settings].join(' ')
}
