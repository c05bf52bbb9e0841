/**
 * THE list of what goes into the image: our sources without their tests, the packages that they need, Node.js as the
 * lock file pins it, the libraries that it is linked to, and three small files of /etc. There is no shell, no npm and
 * no package manager. The Dockerfile copies what is listed here, and the tests run what is listed here.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { linkedLibraries } from './libraries.ts'

export interface ImageFile {
  /** Where it comes from; absolute. */
  readonly source: string
  /** Where it is in the image; absolute. */
  readonly target: string
}

/** What of a package is for people, compilers and its own tests; paths are within the package. */
const NOT_RUN = [/\.[cm]?ts$/, /\.(?:map|tsbuildinfo)$/, /^(?:tests?|benchmarks?|docs?|examples?)\//i]
const DOCUMENT = /\.(?:md|markdown)$/i
const LICENCE = /^(?:licen[cs]e|notice|copying)[^/]*$/i

interface LockRow {
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
}

/**
 * @param root the checkout, after `npm ci`; with or without development packages makes no difference.
 * @throws Error naming what is not installed.
 */
export function imageFiles(root: string): readonly ImageFile[] {
  const app = (path: string): ImageFile => ({ source: join(root, path), target: join('/app', path) })
  const sources = globSync('src/**/*.ts', { cwd: root }).filter((path) => !path.endsWith('.test.ts'))
  const ours = ['package.json', 'LICENSE', ...sources]
  const packages = productionPackages(root).flatMap((path) => packageFiles(root, path))
  const etc = globSync('*', { cwd: join(root, 'scripts/image/etc') }).map((name) => ({
    source: join(root, 'scripts/image/etc', name),
    target: join('/etc', name),
  }))
  const files = [...[...ours, ...packages].map(app), ...etc, ...node(root)]
  return files.sort((a, b) => (a.target < b.target ? -1 : 1))
}

/** Folders of the packages that are neither for development nor optional, as the lock file says, nor types alone. */
function productionPackages(root: string): readonly string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, LockRow>>
  }
  return Object.entries(packages)
    .filter(([path, { dev, devOptional, optional }]) => path !== '' && !dev && !devOptional && !optional)
    .flatMap(([path]) => (path.includes('node_modules/@types/') ? [] : path))
}

function packageFiles(root: string, path: string): readonly string[] {
  const folder = join(root, path)
  if (!existsSync(folder)) throw new Error(`${path}: expected it to be installed; run npm ci`)
  // Packages within packages have rows of their own.
  const found = globSync('**/*', { cwd: folder, withFileTypes: true, exclude: isPackages })
  const files = found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  return files.filter((file) => isRun(file.slice(folder.length + 1))).map((file) => file.slice(root.length + 1))
}

function isRun(path: string): boolean {
  if (LICENCE.test(basename(path))) return true
  return !DOCUMENT.test(path) && !NOT_RUN.some((pattern) => pattern.test(path))
}

const isPackages = ({ name }: { readonly name: string }) => name === 'node_modules'

function node(root: string): readonly ImageFile[] {
  const from = join(root, 'node_modules', `node-linux-${process.arch}`)
  const binary = join(from, 'bin/node')
  if (!existsSync(binary)) throw new Error(`${binary}: expected it to be installed; run npm ci on Linux, x64 or arm64`)
  return [
    { source: binary, target: '/usr/local/bin/node' },
    { source: join(from, 'LICENSE'), target: '/usr/local/share/doc/node/LICENSE' },
    ...linkedLibraries(binary).map((path) => ({ source: path, target: path })),
  ]
}
