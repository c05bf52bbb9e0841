/**
 * Runs the image without an engine: its files, and no others, as the root of a process; read-only, as a user that is
 * nobody, without any capability. Beside them is only what an engine would add (/proc, /dev/null, /etc/hosts, a volume)
 * and, in a folder of its own, the program that gives the rights up.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { copyImage } from '../../scripts/image/copy.ts'
import { linkedLibraries } from '../../scripts/image/libraries.ts'
import { imageFiles } from '../../scripts/image/list.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
export const USER = 65_532
/** Folder of what starts the process, and of what a test lends to it. */
const START = '/.start'
const LENT = '/mnt'

const LOCK_IN = `
set -eu
root=$1; lent=$2; shift 2
mount --bind "$root" "$root"
mount --rbind /proc "$root/proc"
mount --bind /dev/null "$root/dev/null"
mount --bind /etc/hosts "$root/etc/hosts"
mount --bind "$lent" "$root${LENT}"
mount -o remount,bind,ro "$root${LENT}"
mount -o remount,bind,ro "$root"
exec chroot "$root" "$@"`

const WITHOUT_RIGHTS = [
  ...[`--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', '--no-new-privs'],
  ...['--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all'],
]

/** @throws Error that says what is missing: these tests never pass by not running. */
export function requirePrograms(): void {
  const where = 'the image is tried out in a mount namespace of its own'
  if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Error(`${where}: expected Linux and root`)
  for (const program of ['unshare', 'setpriv', 'chroot', 'mount']) {
    if (which(program) === undefined) throw new Error(`${where}: expected ${program}; install util-linux and coreutils`)
  }
  const { status, stderr } = unshared()
  if (status !== 0) throw new Error(`${where}, which is not allowed here: ${stderr}`)
}

function unshared(): { readonly status: number; readonly stderr: string } {
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'pipe' })
    return { status: 0, stderr: '' }
  } catch (error) {
    return { status: 1, stderr: (error as Error).message }
  }
}

function which(program: string): string | undefined {
  try {
    return execFileSync('/bin/sh', ['-c', 'command -v "$1"', 'sh', program], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}

/** What the Dockerfile starts. */
export function entrypoint(): readonly string[] {
  const [, json = '[]'] = /^ENTRYPOINT (.*)$/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')) ?? []
  return JSON.parse(json) as readonly string[]
}

export class Image {
  readonly #root = mkdtempSync(join(tmpdir(), 'sluice-image-'))
  /** Its files are at `/mnt` for whatever runs. */
  readonly lent = mkdtempSync(join(tmpdir(), 'sluice-lent-'))

  constructor() {
    copyImage(imageFiles(ROOT), this.#root)
    for (const folder of ['/proc', '/dev', LENT, START]) mkdirSync(join(this.#root, folder))
    for (const file of ['/dev/null', '/etc/hosts']) writeFileSync(join(this.#root, file), '')
    chmodSync(this.lent, 0o755)
    const setpriv = which('setpriv')!
    for (const file of [setpriv, ...linkedLibraries(setpriv)])
      copyFileSync(file, join(this.#root, START, basename(file)))
  }

  /** Starts the entrypoint with arguments, and no variables but those given. */
  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    return this.start([...entrypoint(), ...args], env)
  }

  start(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    const loader = linkedLibraries(which('setpriv')!).find((path) => basename(path).startsWith('ld-'))!
    const setpriv = [join(START, basename(loader)), '--library-path', START, join(START, 'setpriv'), ...WITHOUT_RIGHTS]
    const lockIn = ['--mount', '--propagation', 'private', '/bin/sh', '-c', LOCK_IN, 'sh', this.#root, this.lent]
    return new Running(['unshare', ...lockIn, ...setpriv, ...argv], env)
  }

  remove(): void {
    for (const folder of [this.#root, this.lent]) rmSync(folder, { recursive: true, force: true })
  }
}

/** Each program on the way replaces the one before, so that this is the process of the image itself. */
export class Running {
  output = ''
  readonly #child
  readonly #ended: Promise<number | null>
  #onOutput: () => void = () => {}

  constructor([program, ...args]: readonly string[], env: Readonly<Record<string, string>>) {
    this.#child = spawn(program!, args, { env: { ...env, PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        this.#onOutput()
      })
    }
    this.#ended = once(this.#child, 'close').then(([code]) => {
      this.#onOutput()
      return code as number | null
    })
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** Resolves with its exit status. */
  ended(): Promise<number | null> {
    return this.#ended
  }

  /** The first line that it writes, or wrote, with these words. */
  async line(words: string): Promise<string> {
    for (;;) {
      const found = this.output.split('\n').find((line) => line.includes(words))
      if (found !== undefined) return found
      if (this.#child.exitCode !== null) throw new Error(`it ended without "${words}":\n${this.output}`)
      await new Promise<void>((resolve) => {
        this.#onOutput = resolve
      })
    }
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    this.#child.kill(signal)
    return await this.#ended
  }
}
