/** Images are names in a table: a container of one is a process on this machine. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

const CHECKOUT = fileURLToPath(new URL('../../..', import.meta.url))
const NODE = '/usr/local/bin/node'

export interface Bind {
  /** A file or folder of this machine, which the container may read. */
  readonly from: string
  readonly to: string
}

export interface Image {
  /** As ENTRYPOINT: `command` of a container replaces it, `args` follow it. */
  readonly argv: readonly string[]
  /** As USER; 0 where a Pod and its image say nothing. */
  readonly user: number
  readonly workingDir: string
  /** What it brings; beside that it sees the files of this machine. */
  readonly binds: readonly Bind[]
}

export type ImageTable = ReadonlyMap<string, Image>

const APP: readonly Bind[] = [
  { from: process.execPath, to: NODE },
  ...['src', 'node_modules', 'package.json'].map((name) => ({ from: `${CHECKOUT}${name}`, to: `/app/${name}` })),
]
const IMAGES: Bind = { from: fileURLToPath(new URL('../images', import.meta.url)), to: '/images' }

/** As the Dockerfile has it, from this checkout. */
const SLUICE: Image = { argv: ['node', 'src/main.ts'], user: 65532, workingDir: '/app', binds: APP }

const BUILT_IN: ImageTable = new Map([
  ['sluice', SLUICE],
  ['backend', script('backend.ts')],
  ['lines', script('lines.ts')],
])

/**
 * The images there are, with those of a file: lines `name: [argv]`.
 * @throws Error naming the file and the line's name.
 */
export function imageTable(file?: string): ImageTable {
  if (file === undefined) return BUILT_IN
  const lines: unknown = parse(readFileSync(file, 'utf8')) ?? {}
  if (typeof lines !== 'object' || lines === null || Array.isArray(lines)) {
    throw new Error(`${file}: expected lines \`name: [argv]\``)
  }
  const given = Object.entries(lines).map(([name, argv]) => [name, imageOf(file, name, argv)] as const)
  return new Map([...BUILT_IN, ...given])
}

/** One of `test/e2e/images`. */
function script(file: string): Image {
  const binds = [{ from: process.execPath, to: NODE }, IMAGES]
  return { argv: ['node', `/images/${file}`], user: 65532, workingDir: '/', binds }
}

function imageOf(file: string, name: string, argv: unknown): Image {
  if (Array.isArray(argv) && argv.length > 0 && argv.every((word) => typeof word === 'string')) {
    return { argv, user: 0, workingDir: '/', binds: [] }
  }
  throw new Error(`${file}, ${name}: expected a list of words, like [node, server.js], not ${JSON.stringify(argv)}`)
}

/** By the whole reference, without tag or digest, or by its last part: `registry/team/sluice:1.0` is `sluice`. */
export function findImage(table: ImageTable, reference: string): Image | undefined {
  const untagged = reference.replace(/@.*$/, '').replace(/:[^:/]*$/, '')
  const last = untagged.split('/').at(-1) ?? ''
  return table.get(reference) ?? table.get(untagged) ?? table.get(last)
}
