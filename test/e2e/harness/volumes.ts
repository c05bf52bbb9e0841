/** The volumes of a Pod as folders, kept up to date as long as the Pod lives. */
import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { V1Volume, V1VolumeProjection } from '@kubernetes/client-node'
import { readKeys } from './container-variables.ts'
import type { PodContext } from './pod-context.ts'
import { type Files, writeFiles } from './volume-files.ts'

/** A kubelet takes a minute; tests have less patience. */
const REFRESH_MS = 5_000
/** Tokens are renewed long before their end; this one lives an hour. */
const TOKEN_SECONDS = 3_600
const TOKEN_REFRESH_MS = 45 * 60_000

interface Item {
  readonly key: string
  readonly path: string
}

interface Token {
  readonly text: string
  readonly renewAt: number
}

export class Volumes {
  readonly #context: PodContext
  readonly #folder: string
  readonly #tokens = new Map<string, Token>()
  #timer: NodeJS.Timeout | undefined

  /** @param folder gets a folder for each volume. */
  constructor(context: PodContext, folder: string) {
    this.#context = context
    this.#folder = folder
  }

  /** @throws Error naming the volume that cannot be had. */
  async open(): Promise<void> {
    for (const volume of this.#volumes()) await this.#prepare(volume)
    this.#timer = setInterval(() => void this.#refresh(), REFRESH_MS)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** The folder of a volume. */
  pathOf(name: string): string {
    const volume = this.#volumes().find((each) => each.name === name)
    return volume?.hostPath?.path ?? join(this.#folder, name)
  }

  #volumes(): readonly V1Volume[] {
    return this.#context.pod.spec.volumes ?? []
  }

  async #prepare(volume: V1Volume): Promise<void> {
    if (volume.hostPath !== undefined) return
    const path = this.pathOf(volume.name)
    mkdirSync(path, { recursive: true })
    if (volume.emptyDir !== undefined) {
      const group = this.#context.pod.spec.securityContext?.fsGroup ?? 0
      chownSync(path, 0, group)
      chmodSync(path, 0o2777)
      return
    }
    const files = await this.#filesOf(volume)
    if (files === undefined) throw new Error(`volume ${volume.name}: its kind is not known to this kubelet`)
    writeFiles(path, files)
  }

  /** What cannot be read now stays as it was. */
  async #refresh(): Promise<void> {
    for (const volume of this.#volumes()) {
      const files = await this.#filesOf(volume).catch(() => undefined)
      if (files !== undefined) writeFiles(this.pathOf(volume.name), files)
    }
  }

  async #filesOf({ configMap, secret, projected, downwardAPI }: V1Volume): Promise<Files | undefined> {
    if (configMap !== undefined) return await this.#keys('configmaps', configMap)
    if (secret !== undefined) return await this.#keys('secrets', { ...secret, name: secret.secretName ?? '' })
    if (downwardAPI !== undefined) return this.#fields(downwardAPI.items ?? [])
    if (projected === undefined) return undefined
    const parts = await Promise.all((projected.sources ?? []).map((source) => this.#projection(source)))
    return new Map(parts.flatMap((part) => [...part]))
  }

  async #projection({ configMap, secret, downwardAPI, serviceAccountToken }: V1VolumeProjection): Promise<Files> {
    if (configMap !== undefined) return await this.#keys('configmaps', configMap)
    if (secret !== undefined) return await this.#keys('secrets', secret)
    if (downwardAPI !== undefined) return this.#fields(downwardAPI.items ?? [])
    if (serviceAccountToken === undefined) throw new Error('a projected volume of a kind not known to this kubelet')
    const { path, audience } = serviceAccountToken
    return new Map([[path, Buffer.from(await this.#token(audience))]])
  }

  async #keys(
    kind: 'configmaps' | 'secrets',
    { name = '', items, optional = false }: { name?: string; items?: Item[]; optional?: boolean },
  ): Promise<Files> {
    const { client, pod } = this.#context
    const keys = await readKeys(client, `/api/v1/namespaces/${pod.metadata.namespace}/${kind}/${name}`, optional)
    if (items === undefined) return new Map(Object.entries(keys))
    return new Map(
      items.map(({ key, path }) => {
        const value = keys[key]
        if (value === undefined) throw new Error(`${kind} ${name} has no key ${key}`)
        return [path, value] as const
      }),
    )
  }

  #fields(items: readonly { path: string; fieldRef?: { fieldPath: string } }[]): Files {
    return new Map(
      items.map(({ path, fieldRef }) => [path, Buffer.from(this.#context.field(fieldRef?.fieldPath ?? ''))] as const),
    )
  }

  async #token(audience = ''): Promise<string> {
    const known = this.#tokens.get(audience)
    if (known !== undefined && performance.now() < known.renewAt) return known.text
    const { client, pod } = this.#context
    const { metadata, spec } = pod
    const account = spec.serviceAccountName ?? 'default'
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: metadata.name, uid: metadata.uid }
    const audiences = audience === '' ? {} : { audiences: [audience] }
    const path = `/api/v1/namespaces/${metadata.namespace}/serviceaccounts/${account}/token`
    const request = { spec: { ...audiences, expirationSeconds: TOKEN_SECONDS, boundObjectRef } }
    const { status } = await client.create<{ status: { token: string } }>(path, request)
    this.#tokens.set(audience, { text: status.token, renewAt: performance.now() + TOKEN_REFRESH_MS })
    return status.token
  }
}
