/** Judges scanned files by the tables in `rules.ts`; every violation is one sentence that names file and line. */
import { posix } from 'node:path'
import type { Rules } from './rules.ts'
import { type Import, lineAt, type SourceFile } from './scan.ts'

export type Violations = readonly string[]

/** Does a file (`proxy/http1/parser.ts`) fall under a pattern (`proxy/http1/` or `proxy/http1/parser.ts`)? */
function covers(pattern: string, file: string): boolean {
  return pattern.endsWith('/') ? file.startsWith(pattern) : file === pattern
}

/** A test stands in the layer of the file it tests. */
function subject(file: string): string {
  return file.replace(/\.test\.ts$/, '.ts')
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts')
}

/** The first row that covers a file: rows go from the special to the general. */
function layerOf(rules: Rules, file: string) {
  return rules.layers.find((layer) => layer.files.some((pattern) => covers(pattern, subject(file))))
}

/** The file an import leads to, relative to the root; undefined for packages. */
function target(from: string, { specifier }: Import): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined
}

/** Imports that no rule can judge: computed ones, and paths out of the tree or without `.ts`. */
export function unreadableImports(files: readonly SourceFile[]): Violations {
  const known = new Set(files.map((file) => file.path))
  return files.flatMap((file) =>
    file.imports.flatMap((edge) => {
      const at = `${file.path}:${edge.line}`
      if (edge.specifier === '') return [`${at} imports something computed: name the module in a plain string`]
      const path = target(file.path, edge)
      return path === undefined || known.has(path) ? [] : [`${at} imports ${edge.specifier}, which is not in the tree`]
    }),
  )
}

/** Layers import only the layers their row names. */
export function wrongDirections(files: readonly SourceFile[], rules: Rules): Violations {
  return files.flatMap((file) => {
    const layer = layerOf(rules, file.path)
    if (layer === undefined) return [`${file.path} belongs to no layer: add a row to rules.ts, or move the file`]
    const allowed = new Set([layer.name, ...layer.imports])
    return file.imports.flatMap((edge) => {
      const path = target(file.path, edge)
      const other = path === undefined ? undefined : layerOf(rules, path)
      if (other === undefined || allowed.has(other.name)) return []
      return [`${file.path}:${edge.line} (${layer.name}) imports ${path} (${other.name})`]
    })
  })
}

/** Names in the table that no row defines: a rule that means nothing. */
export function danglingRules(files: readonly SourceFile[], rules: Rules): Violations {
  const names = new Set(rules.layers.map((layer) => layer.name))
  const patterns = [
    ...rules.layers.flatMap((layer) => layer.files),
    ...rules.packages.flatMap((row) => row.files),
    ...rules.forbidden.flatMap((row) => row.files),
  ]
  return [
    ...rules.layers.flatMap((layer) =>
      layer.imports.filter((name) => !names.has(name)).map((name) => `layer ${layer.name} imports unknown ${name}`),
    ),
    ...patterns
      .filter((pattern) => !files.some((file) => covers(pattern, file.path)))
      .map((pattern) => `rules.ts names ${pattern}, but nothing is there`),
  ]
}

/** Packages and Node's modules stay where their row allows them. Tests may use all of Node but threads. */
export function strayPackages(files: readonly SourceFile[], rules: Rules): Violations {
  return files.flatMap((file) =>
    file.imports.flatMap((edge) => {
      if (edge.specifier === '' || edge.specifier.startsWith('.')) return []
      const row = rules.packages.find(({ name }) => edge.specifier === name || edge.specifier.startsWith(`${name}/`))
      if (row?.files.some((pattern) => covers(pattern, subject(file.path)))) return []
      const everywhereInTests = edge.specifier.startsWith('node:') && edge.specifier !== 'node:worker_threads'
      if (isTest(file.path) && everywhereInTests) return []
      return [`${file.path}:${edge.line} imports ${edge.specifier}, allowed in ${row?.files.join(', ') ?? 'no file'}`]
    }),
  )
}

/** Calls that would make a file depend on real time, chance or the environment. */
export function forbiddenCalls(files: readonly SourceFile[], rules: Rules): Violations {
  return files.flatMap((file) =>
    rules.forbidden.flatMap(({ what, pattern, files: homes, instead }) => {
      if (homes.some((home) => covers(home, subject(file.path)))) return []
      return [...file.code.matchAll(pattern)].map(
        (match) => `${file.path}:${lineAt(file.code, match.index)} uses ${what}: ${instead}`,
      )
    }),
  )
}

export function longFiles(files: readonly SourceFile[], { maxLines }: Rules): Violations {
  return files
    .filter((file) => !isTest(file.path) && file.lines > maxLines)
    .map((file) => `${file.path} has ${file.lines} lines, at most ${maxLines} are allowed: one idea a file`)
}

export function vagueNames(files: readonly SourceFile[], { vagueName }: Rules): Violations {
  return files
    .filter((file) => vagueName.test(posix.basename(file.path)))
    .map((file) => `${file.path}: the name says nothing about what is inside`)
}

/** Files that import each other in a ring, as `a.ts → b.ts → a.ts`; each ring is told once. */
export function cycles(files: readonly SourceFile[], { typeHubs }: Rules): Violations {
  const edges = new Map(files.map((file) => [file.path, edgesOf(file, typeHubs)]))
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) found.push([...trail.slice(start), path].join(' → '))
    if (start >= 0 || done.has(path)) return
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  return found
}

/** Imports for types count, since they tie two files together for the reader; those of a type hub do not. */
function edgesOf(file: SourceFile, typeHubs: readonly string[]): readonly string[] {
  const isHub = typeHubs.includes(file.path)
  return file.imports.filter((edge) => !(isHub && edge.typeOnly)).flatMap((edge) => target(file.path, edge) ?? [])
}

/** A type hub is excused from cycles only because nothing of it is left at run time. */
export function solidHubs(files: readonly SourceFile[], { typeHubs }: Rules): Violations {
  return files
    .filter((file) => typeHubs.includes(file.path))
    .flatMap((file) => [
      ...file.imports.filter((edge) => !edge.typeOnly).map((edge) => `${file.path}:${edge.line} imports a value`),
      ...[...file.code.matchAll(/^export (?!type\b|interface\b)/gm)].map(
        (match) => `${file.path}:${lineAt(file.code, match.index)} exports more than a type`,
      ),
    ])
}
