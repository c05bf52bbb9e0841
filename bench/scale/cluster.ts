/** The world behind an API server over HTTP, and the changes that are made to it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RESOURCES, resourcePath } from '../../src/controller/source/kube/resources.ts'
import type { Random } from '../../src/lib/random.ts'
import { Bell } from '../../test/kube/bell.ts'
import { ApiDouble } from '../../test/kube/double.ts'
import * as world from './world.ts'

export class Cluster {
  readonly #bell = new Bell()
  readonly #api = new ApiDouble(
    this.#bell,
    RESOURCES.map((row) => resourcePath(row)),
  )
  readonly #spec: world.WorldSpec
  readonly #random: Random
  readonly #dir = mkdtempSync(join(tmpdir(), 'sluice-scale-'))
  readonly kubeconfig = join(this.#dir, 'kubeconfig')

  constructor(spec: world.WorldSpec, random: Random) {
    this.#spec = spec
    this.#random = random
  }

  async start(): Promise<void> {
    this.#fill()
    const server = await this.#api.listen()
    const config = {
      'current-context': 'scale',
      contexts: [{ name: 'scale', context: { cluster: 'scale', user: 'bench' } }],
      clusters: [{ name: 'scale', cluster: { server } }],
      users: [{ name: 'bench', user: { token: 'T' } }],
    }
    writeFileSync(this.kubeconfig, JSON.stringify(config))
  }

  async stop(): Promise<void> {
    rmSync(this.#dir, { recursive: true })
    await this.#api.close()
  }

  /** Resolves with the time at which the last page of the last list was sent, once everything is watched. */
  async listed(): Promise<number> {
    await this.#bell.until(() => this.#api.watching(world.PODS) > 0 && this.#api.watching(world.INGRESSES) > 0)
    await this.#bell.until(() => this.#api.watching(world.SLICES) > 0 && this.#api.watching(world.SERVICES) > 0)
    return this.#api.last('list').at
  }

  /** The endpoints of a Service are just these from now on. */
  setEndpoints(service: number, endpoints: readonly number[]): void {
    this.#api.put(world.SLICES, world.slice(service, endpoints, new Date().toISOString()))
  }

  /** An Ingress leads to another Service from now on; both are in one namespace. */
  retarget(ingress: number, service: number): void {
    this.#api.put(world.INGRESSES, world.ingress(ingress, service))
  }

  /** The Service an Ingress leads to at the start. */
  targetOf(ingress: number): number {
    return ingress % this.#spec.services
  }

  /** Any change: nine of ten are a Pod that leaves or comes back, as in real clusters; the tenth is of an Ingress. */
  change(): void {
    if (this.#random() < 0.9) return this.#changePods(this.#oneOf(this.#spec.services))
    const ingress = this.#oneOf(this.#spec.ingresses)
    this.retarget(ingress, neighbour(this.targetOf(ingress), this.#random() < 0.5))
  }

  #changePods(service: number): void {
    const all = world.endpointsOf(this.#spec, service)
    this.setEndpoints(
      service,
      all.filter((_, i) => i === 0 || this.#random() < 0.9),
    )
  }

  #oneOf(count: number): number {
    return Math.floor(this.#random() * count)
  }

  #fill(): void {
    const { ingresses, services } = this.#spec
    this.#api.put(world.CLASSES, world.ingressClass())
    for (let i = 0; i < ingresses; i++) this.retarget(i, this.targetOf(i))
    for (let i = 0; i < services; i++) {
      const endpoints = world.endpointsOf(this.#spec, i)
      this.#api.put(world.SERVICES, world.service(i))
      this.#api.put(world.SLICES, world.slice(i, endpoints))
      for (const endpoint of endpoints) this.#api.put(world.PODS, world.pod(i, endpoint))
    }
    this.#api.forgetHistory()
  }
}

/** A Service of the same namespace: the next one, or itself. */
function neighbour(service: number, isOther: boolean): number {
  return isOther ? service ^ 1 : service
}
