/** helm, without a cluster. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { provideHelm } from '../e2e/harness/binaries.ts'
import { run } from '../e2e/harness/command.ts'

export const CHART = fileURLToPath(new URL('../../charts/sluice', import.meta.url))
/** What is rendered for, where there is no cluster to ask. */
const KUBE_VERSION = '1.36.0'
export const RELEASE = 'sluice'
export const NAMESPACE = 'ingress'

export type Values = Readonly<Record<string, unknown>>

/** An object as helm would send it. */
export interface Rendered {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

/** @throws Error with what helm had to say. */
export async function helm(args: readonly string[]): Promise<string> {
  const program = await provideHelm((line) => process.stderr.write(`${line}\n`))
  return await run([program, ...args])
}

/** Runs helm with values in a file, which `--values` names. */
export async function helmWith(values: Values, args: readonly string[]): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-chart-'))
  const file = join(dir, 'values.json')
  try {
    writeFileSync(file, JSON.stringify(values))
    return await helm([...args, '--values', file])
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** What `helm install` would send, as text. */
export function template(values: Values, chart = CHART): Promise<string> {
  return helmWith(values, ['template', RELEASE, chart, '--namespace', NAMESPACE, '--kube-version', KUBE_VERSION])
}

/** Whatever helm has against chart and values; nothing, where that is nothing. */
export async function lint(values: Values): Promise<string> {
  return (await helmWith(values, ['lint', CHART, '--strict', '--quiet', '--kube-version', KUBE_VERSION])).trim()
}

/** The same as objects, in the order that helm would create them in. */
export async function render(values: Values, chart = CHART): Promise<readonly Rendered[]> {
  const documents = parseAllDocuments(await template(values, chart))
  return documents.flatMap((document): Rendered[] => {
    const [error] = 'errors' in document ? document.errors : []
    if (error !== undefined) throw error
    const object = 'toJS' in document ? (document.toJS() as Rendered | null) : null
    return object === null ? [] : [object]
  })
}
