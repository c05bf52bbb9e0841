/**
 * Namespaces of our own (network, mounts, processes) for everything that the harness does. What happens in them cannot
 * be seen from outside, needs no free port or address, and ends with them: whoever stops or kills us leaves nothing.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run, succeeds } from './command.ts'
import { environment, type Variables, variablesWith } from './environment.ts'

const INIT = fileURLToPath(new URL('sandbox-init.ts', import.meta.url))
const PROGRAMS = ['unshare', 'nsenter', 'ip', 'setpriv', 'mount', 'chroot', 'flock', 'openssl', 'curl']

/** Mounts what a container will need. */
const TRIAL = `d=$(mktemp -d) && mount -t tmpfs t $d && mkdir $d/u $d/w $d/r &&
mount -t overlay -o lowerdir=/,upperdir=$d/u,workdir=$d/w o $d/r; s=$?; umount -R $d; rmdir $d; exit $s`
const UNSHARE = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']

/**
 * Runs a program in a sandbox and waits for its end. SIGTERM and SIGINT ask it to end.
 * @param variables added to the environment of this process.
 * @returns its exit status.
 */
export async function runInSandbox(argv: readonly string[], variables: Variables = {}): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-e2e-'))
  const [program, ...args] = [...UNSHARE, process.execPath, INIT, ...argv]
  const child = spawn(program!, args, {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: variablesWith({ ...variables, TMPDIR: folder }),
  })
  const exited = once(child, 'exit')
  // The end of its input is the sign to end: it comes on every way in which this process may go.
  const end = () => child.stdin.end()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end)
  child.stdin.on('error', () => {})
  child.stdin.write(`nsenter --target ${child.pid} --net --\n`)
  const [code] = (await exited) as [number | null]
  rmSync(folder, { recursive: true, force: true })
  return code ?? 1
}

/** Words that stand before a command which is to see the network of the sandbox we are in; none outside of one. */
export function enterPrefix(): readonly string[] {
  return environment.sandbox?.split(' ') ?? []
}

/** @throws Error that says what to install or to allow for a sandbox. */
export async function requireSandbox(): Promise<void> {
  await requirePrograms()
  if (process.getuid?.() !== 0) {
    throw new Error(
      'the cluster needs namespaces and mounts of its own: run it as root, or with `sudo env PATH="$PATH"` before',
    )
  }
  await run([...UNSHARE, 'sh', '-c', TRIAL]).catch((error: Error) => {
    throw new Error(
      'the cluster needs network, mount and process namespaces and overlayfs, which are forbidden here: run it where ' +
        `root may unshare and mount (in a container: --privileged).\n${error.message}`,
    )
  })
}

async function requirePrograms(): Promise<void> {
  const missing: string[] = []
  for (const name of PROGRAMS) if (!(await succeeds(['sh', '-c', `command -v ${name}`]))) missing.push(name)
  if (missing.length === 0) return
  throw new Error(
    `the cluster needs Linux with util-linux, iproute2, openssl and curl; install what has ${missing.join(', ')}`,
  )
}
