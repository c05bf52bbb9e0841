/** One run of a container: a process in its Pod's network, with a file system and privileges of its own. */
import { mkdirSync } from 'node:fs'
import { Child, type Exit } from './child.ts'
import { type Mount, quote, rootScript } from './container-root.ts'
import { environment } from './environment.ts'
import type { Image } from './images.ts'
import { type Privileges, setpriv } from './security.ts'

export interface ContainerProcessSpec {
  readonly argv: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  readonly workingDir: string
  readonly image: Image
  readonly mounts: readonly Mount[]
  readonly privileges: Privileges
  readonly hostname: string
  /** File of the Pod's network namespace. */
  readonly network: string
  /** A folder that does not exist yet. */
  readonly folder: string
  readonly log: string
}

/** What the harness' own programs see, before a container's variables take their place. */
const OUTSIDE = { PATH: environment.path }

export class ContainerProcess {
  readonly #spec: ContainerProcessSpec
  readonly #child: Child

  constructor(spec: ContainerProcessSpec) {
    this.#spec = spec
    const { folder, image, mounts, privileges, network, hostname, log } = spec
    mkdirSync(folder, { recursive: true })
    const binds = image.binds.map((each) => ({ ...each, readOnly: true }))
    const root = rootScript({ folder, mounts: [...binds, ...mounts], readOnly: privileges.readOnlyRoot })
    // Every program becomes the next one, so that signals reach the container itself.
    const script = `${root}\necho ${quote(hostname)} >/proc/sys/kernel/hostname\nexec chroot root ${this.#command(spec.argv).map(quote).join(' ')}`
    const argv = ['nsenter', `--net=${network}`, 'unshare', '--mount', '--uts', 'sh', '-c', script]
    this.#child = new Child({ argv, variables: OUTSIDE, log })
  }

  get pid(): number {
    return this.#child.pid
  }

  get exited(): Promise<Exit> {
    return this.#child.exited
  }

  get running(): boolean {
    return this.#child.exit === undefined
  }

  signal(name: NodeJS.Signals): void {
    this.#child.signal(name)
  }

  kill(): Promise<Exit> {
    return this.#child.kill()
  }

  stop(graceMs: number): Promise<Exit> {
    return this.#child.stop(graceMs)
  }

  /** Runs a command beside it, with its eyes and its rights. @returns the exit status. */
  async exec(argv: readonly string[]): Promise<number> {
    const enter = ['nsenter', '--target', String(this.pid), '--net', '--uts', '--mount', '--root', '--']
    const child = new Child({ argv: [...enter, ...this.#command(argv)], variables: OUTSIDE, log: this.#child.log })
    return (await child.exited).code ?? 1
  }

  #command(argv: readonly string[]): readonly string[] {
    const { variables, workingDir, privileges } = this.#spec
    const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
    return [...setpriv(privileges), 'env', '--ignore-environment', `--chdir=${workingDir}`, ...settings, ...argv]
  }
}
