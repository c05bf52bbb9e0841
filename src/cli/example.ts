/**
 * A folder of manifests can be an example: `example.jsonc` beside them names small backends to start, requests to try
 * and what to do next. Its extension keeps it from being taken for a manifest, here and by kubectl.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exactly, integer, listOf, optional, type Read, readShape, text } from '../lib/shape.ts'

const BACKEND = exactly({ name: text, port: integer })

const REQUEST = exactly({
  method: optional(text),
  /** Host field; that of the address where it is absent. */
  host: optional(text),
  /** With its query. */
  path: text,
  /** What it is answered with once everything works; 200 where it is absent. */
  status: optional(integer),
})

const EXAMPLE = exactly({
  about: text,
  backends: listOf(BACKEND),
  requests: listOf(REQUEST),
  /** One thing each; `{dir}`, `{http}` and `{admin}` stand for the folder and the addresses. */
  next: listOf(text),
})

export type SampleBackendSpec = Read<typeof BACKEND>
export type ExampleRequest = Read<typeof REQUEST>
export type Example = Read<typeof EXAMPLE>

const FILE = 'example.jsonc'

/**
 * The example in a folder; `undefined` where it is none.
 * @throws Error naming file, field and expectation.
 */
export function readExample(dir: string): Example | undefined {
  const path = join(dir, FILE)
  const content = contentOf(path)
  if (content === undefined) return undefined
  const read = readShape(EXAMPLE, parsed(path, content))
  if ('value' in read) return read.value
  throw new Error(read.complaints.map(({ field, message }) => `${path}, ${field}: ${message}`).join('\n'))
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const COMMENT_LINES = /^\s*\/\/.*$/gm

function parsed(path: string, content: string): unknown {
  try {
    return JSON.parse(content.replace(COMMENT_LINES, ''))
  } catch (error) {
    throw new Error(`${path}: expected JSON: ${(error as Error).message}`)
  }
}

export interface ExampleText {
  readonly example: Example
  readonly dir: string
  /** `http://127.0.0.1:8080`. */
  readonly http: string
  readonly admin: string
}

/** What to try: the commands stand alone on their lines, to be copied or piped into a shell. */
export function exampleText({ example, ...places }: ExampleText): string {
  const commands = example.requests.map((request) => curlCommand(request, places.http))
  const next = example.next.map(
    (line) => `- ${line.replace(/\{(dir|http|admin)\}/g, (_, name) => places[name as keyof typeof places])}`,
  )
  return [example.about, '', 'Try:', '', ...commands, '', 'What to try next:', '', ...next].join('\n')
}

/** The request as a shell reads it. */
export function curlCommand({ method, host, path }: ExampleRequest, http: string): string {
  const verb = method === undefined || method === 'GET' ? '' : ` -X ${quoted(method)}`
  const field = host === undefined ? '' : ` -H ${quoted(`Host: ${host}`)}`
  return `curl -s${verb}${field} ${quoted(`${http}${path}`)}`
}

/** A word of a POSIX shell, in single quotes where it needs them. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
