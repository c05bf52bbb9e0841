/**
 * Files of a volume, changed all at once: readers see the old set or the new one. Names are links through `..data`,
 * which is moved to another folder, as a kubelet does it.
 */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** Path within the volume → content. */
export type Files = ReadonlyMap<string, Buffer>

const CURRENT = '..data'

export function writeFiles(volume: string, files: Files): void {
  const before = currentOf(volume)
  if (before !== undefined && isSame(join(volume, before), files)) return
  const folder = mkdtempSync(join(volume, '..set-'))
  chmodSync(folder, 0o755)
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content, { mode: 0o644 })
  }
  const name = folder.slice(volume.length + 1)
  symlinkSync(name, join(volume, `${CURRENT}.new`))
  renameSync(join(volume, `${CURRENT}.new`), join(volume, CURRENT))
  linkNames(volume, files)
  if (before !== undefined) rmSync(join(volume, before), { recursive: true, force: true })
}

/** The first part of each path is what stands in the volume itself. */
function linkNames(volume: string, files: Files): void {
  const wanted = new Set([...files.keys()].map((path) => path.split('/')[0]!))
  const there = new Set(readdirSync(volume).filter((name) => !name.startsWith('..')))
  for (const name of there) if (!wanted.has(name)) rmSync(join(volume, name))
  for (const name of wanted) if (!there.has(name)) symlinkSync(`${CURRENT}/${name}`, join(volume, name))
}

function currentOf(volume: string): string | undefined {
  try {
    return readlinkSync(join(volume, CURRENT))
  } catch {
    return undefined
  }
}

function isSame(folder: string, files: Files): boolean {
  const there = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  if (there.length !== files.size) return false
  return [...files].every(([path, content]) => {
    const known = there.some((entry) => join(entry.parentPath, entry.name) === join(folder, path))
    return known && readFileSync(join(folder, path)).equals(content)
  })
}
