/**
 * A folder of manifests on disk. Reading is synchronous: it happens on a thread without traffic, takes milliseconds,
 * and a pass that nothing can interleave with needs no locks.
 */
import { type BigIntStats, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { FileReading } from './inventory.ts'

const MANIFEST = /\.(ya?ml|json)$/

/** Larger files are refused; the API server would take no object of a tenth of that. */
const MOST_BYTES = 16 * 1024 * 1024

export interface FolderListing {
  /** Manifests, relative to the folder, with what tells whether each changed. */
  readonly files: ReadonlyMap<string, string>
  /** The folder and those below it, with what tells whether each is still the same. */
  readonly folders: ReadonlyMap<string, string>
}

/**
 * All manifests below a folder. Names that start with a dot are left out: editors and mounted ConfigMaps
 * (`..data`) keep their own things there. Symbolic links are followed, since those of a ConfigMap lead into such.
 * @throws Error where a folder cannot be listed: what is in it is then unknown, not gone.
 */
export function listFolder(dir: string): FolderListing {
  const listing = { files: new Map<string, string>(), folders: new Map<string, string>() }
  listInto(listing, { dir, path: '.', above: [] })
  return listing
}

interface Visit {
  readonly dir: string
  /** Relative to `dir`. */
  readonly path: string
  /** Real paths of the folders above, so that a link to one of them ends the descent. */
  readonly above: readonly string[]
}

function listInto(listing: { files: Map<string, string>; folders: Map<string, string> }, visit: Visit): void {
  const here = join(visit.dir, visit.path)
  const real = realpathSync(here)
  if (visit.above.includes(real)) return
  listing.folders.set(here, stampOf(statSync(here, { bigint: true }), real))
  for (const name of readdirSync(here).sort()) {
    if (name.startsWith('.')) continue
    const path = join(visit.path, name)
    const stats = statSync(join(visit.dir, path), { bigint: true, throwIfNoEntry: false })
    if (stats?.isDirectory()) listInto(listing, { dir: visit.dir, path, above: [...visit.above, real] })
    else if (MANIFEST.test(name)) listing.files.set(path, stats === undefined ? 'missing' : stampOf(stats))
  }
}

/** The texts of the files of a listing. */
export function readFiles(dir: string, files: Iterable<string>): readonly FileReading[] {
  return [...files].flatMap((file) => readOne(join(dir, file), file))
}

function readOne(path: string, file: string): readonly FileReading[] {
  try {
    const stats = statSync(path)
    if (!stats.isFile()) return [{ file, failure: 'this is not a regular file' }]
    if (stats.size > MOST_BYTES) return [{ file, failure: `this file is larger than ${MOST_BYTES} bytes` }]
    return [{ file, text: readFileSync(path, 'utf8') }]
  } catch (error) {
    return [{ file, failure: failureOf(error) }]
  }
}

/** What went wrong, as the system says it, without the path that stands beside it anyway. */
export function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message.replace(/, \w+ '.*$/s, '')
}

function stampOf(stats: BigIntStats, ...more: readonly string[]): string {
  return [
    stats.dev,
    stats.ino,
    ...(stats.isDirectory() ? [] : [stats.size, stats.mtimeNs, stats.ctimeNs]),
    ...more,
  ].join(' ')
}
