/**
 * A network of our own: every address of the Pods is this machine's, no port is taken, and nothing leaks out. Endpoints
 * at loopback would be refused.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { userInfo } from 'node:os'

/** Says that we are inside already. */
const INSIDE = '--inside'
const SETUP = 'ip link set lo up && ip route add local 10.244.0.0/16 dev lo && exec "$@"'

export function isInside(args: readonly string[]): boolean {
  return args.includes(INSIDE)
}

/**
 * Runs this program again, inside. Resolves with its exit code.
 * @throws Error where unshare(1) or ip(8) is missing.
 */
export async function runInside(args: readonly string[]): Promise<number> {
  const rights = userInfo().uid === 0 ? [] : ['--map-root-user']
  const program = [process.execPath, process.argv[1]!, ...args, INSIDE]
  const child = spawn('unshare', [...rights, '--net', 'sh', '-c', SETUP, 'sh', ...program], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const [code] = await once(child, 'exit').catch(() => {
    throw new Error('needs unshare(1) and ip(8): install util-linux and iproute2')
  })
  return (code as number | null) ?? 1
}
