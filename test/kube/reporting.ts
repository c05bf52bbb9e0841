/** A scripted cluster, replicas of the controller that read it, and what they write to it. */
import type { TestContext } from 'node:test'
import { Controller } from '../../src/controller/controller.ts'
import { HttpKubeClient } from '../../src/controller/source/kube/client.ts'
import { KubeSource } from '../../src/controller/source/kube/kube.ts'
import { RESOURCES, resourcePath } from '../../src/controller/source/kube/resources.ts'
import { type AddressSource, fixedAddresses } from '../../src/controller/status/address-source.ts'
import { PublishedService } from '../../src/controller/status/published-service.ts'
import { StatusAuthor } from '../../src/controller/status/status-author.ts'
import { DEFAULT_OPTIONS, type TranslateOptions } from '../../src/controller/translate/options.ts'
import { seededRandom } from '../../src/lib/random.ts'
import type { Update } from '../../src/model/snapshot.ts'
import { Bell } from './bell.ts'
import { RingingClock } from './clock.ts'
import { ApiDouble, type RawObject, type Written } from './double.ts'
import { TestAccess } from './follower.ts'
import { testLog } from './memory-api.ts'

export const INGRESSES = '/apis/networking.k8s.io/v1/ingresses'
export const POLICIES = '/apis/sluice.dev/v1alpha1/routepolicies'
export const SERVICES_OF_INGRESS = '/api/v1/namespaces/ingress/services'
export const ADDRESS = '192.0.2.1'

const PATH = { path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }

let uids = 0

/** An Ingress of ours, unless the class says otherwise. */
export function ingress(
  name: string,
  { className = 'sluice', host = 'a.test', ...more }: Record<string, unknown> = {},
) {
  return {
    metadata: { name, namespace: 'shop', uid: `uid-${++uids}`, generation: 1, ...(more.metadata as object) },
    spec: { ingressClassName: className, rules: [{ host, http: { paths: [PATH] } }] },
    ...(more.status === undefined ? {} : { status: more.status }),
  } as RawObject
}

export function routePolicy(name: string, spec: object, generation = 1): RawObject {
  return { metadata: { name, namespace: 'shop', uid: `uid-${++uids}`, generation }, spec }
}

export interface ReplicaSpec {
  readonly name?: string
  readonly publishService?: string
  readonly address?: string
  readonly electionId?: string
  readonly options?: Partial<TranslateOptions>
}

export class ScriptedCluster {
  readonly bell = new Bell()
  readonly clock = new RingingClock(this.bell)
  readonly double = new ApiDouble(this.bell, [...RESOURCES.map((row) => resourcePath(row)), SERVICES_OF_INGRESS])
  readonly #t: TestContext
  #server = ''

  constructor(t: TestContext) {
    this.#t = t
    t.after(() => this.double.close())
  }

  static async create(t: TestContext): Promise<ScriptedCluster> {
    const cluster = new ScriptedCluster(t)
    cluster.#server = await cluster.double.listen()
    return cluster
  }

  /** Patches of a status so far: `shop/web` and what it was given. */
  statuses(resource = 'ingresses'): readonly (readonly [string, unknown])[] {
    const pattern = new RegExp(`/namespaces/([^/]+)/${resource}/([^/]+)/status$`)
    return this.double.written.flatMap(({ path, body }) => {
      const [, namespace, name] = pattern.exec(path) ?? []
      return name === undefined ? [] : [[`${namespace}/${name}`, body.status] as const]
    })
  }

  /** Addresses of an Ingress as they stand there now. */
  addresses(name: string): unknown {
    const { status } = this.double.find(INGRESSES, { namespace: 'shop', name })!
    return (status as { readonly loadBalancer?: { readonly ingress?: unknown } } | undefined)?.loadBalancer?.ingress
  }

  /** An Ingress goes over to another class, and has what somebody else writes into its status. */
  moves({ metadata }: RawObject, status?: object): void {
    const now = this.double.find(INGRESSES, metadata)!
    const spec = { ...(now.spec as object), ingressClassName: 'nginx' }
    this.double.put(INGRESSES, { ...now, spec, ...(status === undefined ? {} : { status }) })
  }

  /** Events that were created. */
  get events(): readonly Written['body'][] {
    return this.double.written
      .filter(({ method, path }) => method === 'POST' && path.endsWith('/events'))
      .map(({ body }) => body)
  }

  /** Lets time pass, with all that comes of it. */
  async pass(ms: number, step = 500): Promise<void> {
    for (let i = 0; i < ms; i += step) {
      this.clock.advance(step)
      await this.quiet()
    }
  }

  /** Lets time pass until this holds. */
  async until(holds: () => boolean, step = 500): Promise<void> {
    while (!holds()) await this.pass(step, step)
  }

  /** Some turns of the loop in which answers arrive; there is nothing else to wait for where nothing must happen. */
  async quiet(): Promise<void> {
    for (let i = 0; i < 12; i++) await new Promise((resolve) => setImmediate(resolve))
  }

  /** One more replica, which has read all there is. */
  async replica(spec: ReplicaSpec = {}): Promise<Replica> {
    const access = new TestAccess()
    access.server = this.#server
    const replica = new Replica(this, access, spec)
    this.#t.after(() => {
      replica.controller.stop()
      access.agent.destroy()
    })
    const started = replica.controller.start()
    await this.bell.until(() => replica.updates.length > 0)
    if (!replica.isStuck) await started
    return replica
  }
}

export class Replica {
  readonly updates: Update[] = []
  readonly log: ReturnType<typeof testLog>
  readonly controller: Controller
  readonly author: StatusAuthor
  /** Workers that do not apply anything until they are let go. */
  isStuck = false
  #applied = Promise.withResolvers<void>()
  readonly #bell: Bell

  constructor({ bell, clock }: ScriptedCluster, access: TestAccess, spec: ReplicaSpec) {
    this.#bell = bell
    this.log = testLog(bell.ring)
    const {
      name: identity = 'a',
      publishService: service,
      address = ADDRESS,
      electionId: name = 'sluice-leader',
    } = spec
    const outside = { client: new HttpKubeClient(access, clock), clock, random: seededRandom(5), log: this.log }
    const source = new KubeSource({ ...outside, namespaces: [], secretNamespaces: [], configMaps: [] })
    this.controller = new Controller({
      ...outside,
      source,
      options: { ...DEFAULT_OPTIONS, ...spec.options },
      publisher: { publish: (update) => this.#publish(update) },
      onProblems: (problems) => this.author.problems(problems),
      onApplied: (applied) => this.author.applied(applied),
      lookup: async () => [],
      askResponder: () => Promise.reject(new Error('there is none')),
    })
    const addresses: AddressSource =
      service === undefined ? fixedAddresses([address]) : new PublishedService({ ...outside, service })
    const lease = { namespace: 'ingress', name, identity }
    this.author = new StatusAuthor({ ...outside, look: this.controller.look, addresses, lease })
  }

  /** Waits until it leads. */
  async leads(): Promise<void> {
    this.author.start()
    await this.#bell.until(() => this.author.state.leading)
  }

  /** From now on workers apply nothing until the next call. */
  hold(): void {
    this.isStuck = true
  }

  release(): void {
    this.isStuck = false
    this.#applied.resolve()
    this.#applied = Promise.withResolvers()
  }

  async #publish(update: Update): Promise<void> {
    this.updates.push(update)
    this.#bell.ring()
    if (this.isStuck) await this.#applied.promise
  }
}
