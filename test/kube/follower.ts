/** A reflector of Services against the double, and what it told so far. */
import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import type { TestContext } from 'node:test'
import type { Access } from '../../src/controller/source/kube/access.ts'
import { HttpKubeClient } from '../../src/controller/source/kube/client.ts'
import type { Change } from '../../src/controller/source/kube/known.ts'
import { type Health, Reflector } from '../../src/controller/source/kube/reflector.ts'
import { RESOURCES, type ResourceRow } from '../../src/controller/source/kube/resources.ts'
import type { RawObject as Kept } from '../../src/controller/source/kube/trim.ts'
import { seededRandom } from '../../src/lib/random.ts'
import { Bell } from './bell.ts'
import { RingingClock } from './clock.ts'
import { ApiDouble, type RawObject } from './double.ts'

export const SERVICES = '/api/v1/services'
const ROW: ResourceRow = RESOURCES.find(({ kind }) => kind === 'Service')!

export function service(name: string, port = 80): RawObject {
  return { metadata: { name, namespace: 'shop' }, spec: { ports: [{ port }] }, status: { loadBalancer: {} } }
}

/** One identity, or whatever the test says next. */
export class TestAccess implements Access {
  readonly agent = new Agent({ keepAlive: true })
  server = ''
  headers: Readonly<Record<string, string>> = {}
  onRefused = () => {}

  async current() {
    return { server: this.server, headers: this.headers, agent: this.agent }
  }

  refused(): void {
    this.onRefused()
  }
}

export class Follower {
  readonly bell = new Bell()
  readonly clock = new RingingClock(this.bell)
  readonly double = new ApiDouble(this.bell, [SERVICES])
  readonly access = new TestAccess()
  readonly changes: Change[] = []
  readonly healths: Health[] = []
  readonly defects: unknown[] = []
  /** What it told, taken together: ports by name. */
  readonly ports = new Map<string, number>()
  readonly client = new HttpKubeClient(this.access, this.clock)
  onChange = (_change: Change): void => {}
  readonly reflector: Reflector
  synced = false

  constructor(row: Partial<ResourceRow>) {
    this.reflector = new Reflector({
      row: { ...ROW, ...row },
      client: this.client,
      clock: this.clock,
      random: seededRandom(1),
      onChange: (change) => this.#take(change),
      onHealth: (health) => {
        this.healths.push(health)
        this.bell.ring()
      },
      onDefect: (error) => {
        this.defects.push(error)
        this.bell.ring()
      },
    })
  }

  static async create(t: TestContext, row: Partial<ResourceRow> = {}): Promise<Follower> {
    const follower = new Follower(row)
    follower.access.server = await follower.double.listen()
    t.after(async () => {
      follower.reflector.stop()
      follower.access.agent.destroy()
      await follower.double.close()
    })
    return follower
  }

  /** The same, with these Services there, listed and watched. */
  static async watching(t: TestContext, ...names: readonly string[]): Promise<Follower> {
    const follower = await Follower.create(t)
    for (const name of names) follower.double.put(SERVICES, service(name))
    follower.start()
    await follower.open()
    return follower
  }

  start(): void {
    void this.reflector.start().then(() => {
      this.synced = true
      this.bell.ring()
    })
  }

  /** Waits until the next watch is open. */
  open(): Promise<void> {
    return this.bell.until(() => this.double.watching(SERVICES) > 0)
  }

  /** Waits until exactly these are known. */
  async knows(...names: readonly string[]): Promise<void> {
    await this.bell.until(() => [...this.ports.keys()].sort().join() === names.toSorted().join())
    assert.deepEqual(this.defects, [])
  }

  /** All that was ever taken away. */
  get removals(): readonly string[] {
    return this.changes.flatMap(({ removals }) => removals)
  }

  #take(change: Change): void {
    this.onChange(change)
    this.changes.push(change)
    for (const { ref, object } of change.upserts) this.ports.set(nameOf(ref), portOf(object))
    for (const ref of change.removals) this.ports.delete(nameOf(ref))
    this.bell.ring()
  }
}

function nameOf(ref: string): string {
  return ref.split('/')[2]!
}

function portOf(object: Kept): number {
  return (object.spec as { ports: { port: number }[] }).ports[0]!.port
}
