/**
 * A container's file system: that of this machine with a layer of its own on top, which goes with it. All of it is made
 * by a script in a mount namespace of its own, so that nobody else ever sees these mounts.
 */
import { readFileSync } from 'node:fs'
import type { Bind } from './images.ts'

export interface Mount extends Bind {
  readonly readOnly: boolean
}

export interface RootSpec {
  /** An empty folder, which holds the layer for whoever is in the namespace. */
  readonly folder: string
  readonly mounts: readonly Mount[]
  readonly readOnly: boolean
}

/** File systems that are shared with the machine as they are, or belong to the sandbox. */
const NOT_COPIED = /^\/(?:proc|sys|dev|run)(?:\/|$)/

/** Lines for sh, which then is in `folder`; to `chroot root` is what is left to do. */
export function rootScript({ folder, mounts, readOnly }: RootSpec): string {
  const lines = [
    'set -e',
    'mount --make-rprivate /',
    `mount -t tmpfs -o mode=755 tmpfs ${quote(folder)}`,
    `cd ${quote(folder)}`,
    'mkdir upper work root',
    'mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work overlay root',
    ...['proc', 'sys', 'dev'].map((name) => `mount --rbind /${name} root/${name}`),
    ...otherMounts().map(cover),
    ...[...mounts].sort((a, b) => a.to.length - b.to.length).flatMap(place),
    ...(readOnly ? ['mount -o remount,bind,ro root'] : []),
  ]
  return lines.join('\n')
}

/**
 * A mount point is made in the layer. Links on the way to it are resolved from within, since they would lead out; a
 * link or file in its very place makes way for a file.
 */
function place({ from, to, readOnly }: Mount): readonly string[] {
  const slash = to.lastIndexOf('/')
  return [
    `if [ -d ${quote(from)} ]; then`,
    `  target=root$(chroot root readlink -m ${quote(to)}); mkdir -p "$target"`,
    'else',
    `  folder=root$(chroot root readlink -m ${quote(to.slice(0, slash) || '/')}); mkdir -p "$folder"`,
    `  target=$folder/${quote(to.slice(slash + 1))}; rm -f "$target"; : > "$target"`,
    'fi',
    ...bind(quote(from), '"$target"', readOnly),
  ]
}

/** Other disks of this machine get a layer as well; what takes none (a file, say) can be read at least. */
function cover(path: string, i: number): string {
  const [layer, target] = [`other${i}`, quote(`root${path}`)]
  const options = quote(`lowerdir=${path},upperdir=${layer}/upper,workdir=${layer}/work`)
  return [
    `mkdir -p ${layer}/upper ${layer}/work`,
    // One that cannot be bound either is none that a container would miss.
    `if ! mount -t overlay -o ${options} overlay ${target} 2>/dev/null; then`,
    `  { ${bind(quote(path), target, true).join(' && ')}; } 2>/dev/null || true`,
    'fi',
  ].join('\n')
}

/** @param from, target words of sh. */
function bind(from: string, target: string, readOnly: boolean): readonly string[] {
  const lines = [`mount --bind ${from} ${target}`]
  return readOnly ? [...lines, `mount -o remount,bind,ro ${target}`] : lines
}

/** Mount points beside the root, outermost first. */
function otherMounts(): readonly string[] {
  const paths = readFileSync('/proc/self/mountinfo', 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ')[4]!)
  return [...new Set(paths)]
    .filter((path) => path !== '/' && !NOT_COPIED.test(path))
    .sort((a, b) => a.length - b.length)
}

/** A word of sh. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
