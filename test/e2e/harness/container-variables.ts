/** The environment and the command line of a container. */
import type { V1Container, V1EnvVar, V1EnvVarSource } from '@kubernetes/client-node'
import type { ApiClient } from './api-client.ts'
import type { Image } from './images.ts'
import type { PodContext } from './pod-context.ts'
import { quantity } from './quantity.ts'

type Variables = Readonly<Record<string, string>>

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/** Of a node, where a container says no limit. */
export const NODE_CAPACITY: Readonly<Record<string, string>> = { cpu: '2', memory: '8Gi', 'ephemeral-storage': '64Gi' }

/** @throws Error naming the variable and what it refers to where that is missing. */
export async function variablesOf(container: V1Container, context: PodContext): Promise<Variables> {
  const variables: Record<string, string> = {
    PATH: DEFAULT_PATH,
    HOME: '/',
    HOSTNAME: context.pod.metadata.name,
    ...context.serviceVariables,
  }
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const from = configMapRef === undefined ? ['secrets', secretRef] : ['configmaps', configMapRef]
    const [kind, ref] = from as ['secrets' | 'configmaps', { name?: string; optional?: boolean }]
    const values = await keysOf(context, kind, ref)
    for (const [name, value] of Object.entries(values)) variables[`${prefix}${name}`] = value
  }
  for (const variable of container.env ?? []) {
    const value = await valueFor(variable, container, context)
    if (value !== undefined) variables[variable.name] = expand(value, variables)
  }
  return variables
}

/** ENTRYPOINT and CMD as Kubernetes has them, with `$(NAME)` filled in. */
export function argvOf({ command, args = [] }: V1Container, image: Image, variables: Variables): readonly string[] {
  const words = command === undefined || command.length === 0 ? image.argv : command.map((w) => expand(w, variables))
  return [...words, ...args.map((word) => expand(word, variables))]
}

/** `$(NAME)` becomes its value, `$$(NAME)` stays `$(NAME)`, unknown names stay as they are. */
export function expand(text: string, variables: Variables): string {
  return text.replace(/\$\$|\$\(([A-Za-z0-9_.-]+)\)/g, (whole, name?: string) =>
    name === undefined ? '$' : (variables[name] ?? whole),
  )
}

async function valueFor(
  { name, value, valueFrom }: V1EnvVar,
  container: V1Container,
  context: PodContext,
): Promise<string | undefined> {
  if (valueFrom === undefined) return value ?? ''
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom
  if (fieldRef !== undefined) return context.field(fieldRef.fieldPath)
  if (resourceFieldRef !== undefined) return resourceValue(resourceFieldRef, container)
  const ref = configMapKeyRef ?? secretKeyRef
  if (ref === undefined) throw new Error(`env ${name}: ${Object.keys(valueFrom)} is not known to this kubelet`)
  const values = await keysOf(context, configMapKeyRef === undefined ? 'secrets' : 'configmaps', ref)
  const found = values[ref.key]
  if (found === undefined && ref.optional !== true) throw new Error(`env ${name}: ${ref.name} has no key ${ref.key}`)
  return found
}

function resourceValue(
  { resource, divisor }: NonNullable<V1EnvVarSource['resourceFieldRef']>,
  { resources }: V1Container,
): string {
  const [kind, name] = resource.split('.') as [string, string]
  const limit = resources?.limits?.[name] ?? NODE_CAPACITY[name] ?? '0'
  const amount = kind === 'requests' ? (resources?.requests?.[name] ?? limit) : limit
  const unit = divisor === undefined || divisor === '0' ? '1' : divisor
  return String(Math.ceil(quantity(amount) / quantity(unit)))
}

async function keysOf(
  { client, pod }: PodContext,
  kind: 'configmaps' | 'secrets',
  { name = '', optional = false }: { readonly name?: string; readonly optional?: boolean },
): Promise<Record<string, string>> {
  return await readKeys(client, `/api/v1/namespaces/${pod.metadata.namespace}/${kind}/${name}`, optional).then((keys) =>
    Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, value.toString('utf8')])),
  )
}

/** The keys of a ConfigMap or a Secret; none where it may be missing and is. */
export async function readKeys(client: ApiClient, path: string, optional: boolean): Promise<Record<string, Buffer>> {
  type Keyed = { data?: Record<string, string>; binaryData?: Record<string, string> }
  const object = await client.get<Keyed>(path).catch((error) => {
    if (optional && error.status === 404) return {} as Keyed
    throw error
  })
  const plain = path.includes('/secrets/') ? 'base64' : 'utf8'
  return {
    ...mapValues(object.data ?? {}, (value) => Buffer.from(value, plain)),
    ...mapValues(object.binaryData ?? {}, (value) => Buffer.from(value, 'base64')),
  }
}

function mapValues<T, U>(values: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]))
}
