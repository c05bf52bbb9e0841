/** A cluster as a source: a reflector for each kind that is watched, and objects read by name for the rest. */
import type { Clock } from '../../../lib/clock.ts'
import { debounce } from '../../../lib/debounce.ts'
import type { Random } from '../../../lib/random.ts'
import type { Problem } from '../../../model/problem.ts'
import type { Ref } from '../../api/kubernetes/metadata.ts'
import type { Subject } from '../../api/kubernetes/subject.ts'
import type { Entry } from '../../store.ts'
import type { Source, SourceBatch } from '../source.ts'
import { ByName } from './by-name.ts'
import type { KubeClient } from './client.ts'
import { Intake } from './intake.ts'
import type { Change } from './known.ts'
import { problemOfHealth } from './problems.ts'
import { type Health, Reflector } from './reflector.ts'
import {
  CONFIG_MAPS,
  NAMED_CONFIG_MAPS,
  RESOURCES,
  type ResourceRow,
  resourceName,
  SECRETS,
  WATCHED_SECRETS,
} from './resources.ts'

/** Objects that are read when something refers to them. */
const BY_NAME: readonly ResourceRow[] = [SECRETS, CONFIG_MAPS]

/** Where the right to read Secrets is missing, thousands of them fail one after the other. */
const FAILURES = { quietMs: 20, maxMs: 500 }

export interface KubeLog {
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface KubeSourceInit {
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: Random
  readonly log: KubeLog
  /** Only what is in these is read; all of them where the list is empty. Kinds without namespaces are read anyway. */
  readonly namespaces: readonly string[]
  /** In these, Secrets are watched; elsewhere they are read by name. */
  readonly secretNamespaces: readonly string[]
  /** `namespace/name` of those that are watched; others are read by name. */
  readonly configMaps: readonly string[]
}

/** One kind, in one namespace where only some are read, or one object of it. */
interface Followed {
  readonly row: ResourceRow
  readonly namespace: string | undefined
  readonly name?: string
  readonly reflector: Reflector
}

/** For metrics. */
export interface ResourceState {
  /** `ingresses.networking.k8s.io`, or `configmaps/NAME` where it is one object. */
  readonly resource: string
  readonly namespace: string
  readonly health: Health
  readonly objects: number
  /** Milliseconds since the API server last said something about it; `undefined` before it ever did. */
  readonly ageMs: number | undefined
  /** Lists and watches since the start: a healthy kind has one list, and a watch every few minutes. */
  readonly lists: number
  readonly watches: number
}

export class KubeSource implements Source {
  readonly #init: KubeSourceInit
  readonly #followed: readonly Followed[]
  /** By kind. */
  readonly #byName: ReadonlyMap<string, ByName>
  readonly #intake = new Intake()
  /** What came before everything was there, the latest of each. */
  #early: Map<Ref, Entry> | undefined = new Map()
  #sink: (batch: SourceBatch) => void = () => {}
  #stopped = false
  /** Problems of health, and their text, as they were last told. */
  #ailments: readonly Problem[] = []
  #told = ''
  /** All problems, and the two lists that they were made of. */
  #problems: readonly Problem[] = []
  #parts: readonly (readonly Problem[])[] = []

  constructor(init: KubeSourceInit) {
    this.#init = init
    const onDefect = (error: unknown) =>
      init.log.error({ err: error }, 'a change could not be taken in; it is told again')
    this.#followed = scopes(init).map((followed) => {
      const { row, namespace } = followed
      const onChange = (change: Change) => this.#take(row, change)
      const onHealth = () => this.#healthChanged()
      const scope = namespace === undefined ? {} : { namespace }
      return { ...followed, reflector: new Reflector({ ...init, ...scope, row, onChange, onHealth, onDefect }) }
    })
    const failures = debounce(init.clock, FAILURES, () => this.#healthChanged())
    const readers = BY_NAME.map((row) => {
      const onChange = (change: Change) => this.#take(row, change)
      return [row.kind, new ByName({ ...init, row, onChange, onFailures: () => failures.poke(), onDefect })] as const
    })
    this.#byName = new Map(readers)
  }

  /** Waits as long as it takes: while there is no API server, there is nothing to begin with. */
  async start(sink: (batch: SourceBatch) => void): Promise<void> {
    this.#sink = sink
    await Promise.all(this.#followed.map(({ reflector }) => reflector.start()))
    const upserts = [...(this.#early?.values() ?? [])]
    this.#early = undefined
    this.#send({ upserts, removals: [] })
  }

  stop(): void {
    this.#stopped = true
    for (const { reflector } of this.#followed) reflector.stop()
    for (const reader of this.#byName.values()) reader.stop()
  }

  /** Resolves once there was an answer about every object that was asked for and is read by name. */
  async want(asked: ReadonlySet<Ref>): Promise<void> {
    const wanted = Map.groupBy(asked, kindOf)
    const reads = [...this.#byName].map(([kind, reader]) => reader.want(new Set(this.#unwatched(wanted.get(kind)))))
    await Promise.all(reads)
  }

  hasRead(asked: ReadonlySet<Ref>): boolean {
    return this.#unwatched([...asked]).every((ref) => this.#byName.get(kindOf(ref))?.hasRead(ref) !== false)
  }

  /** Without Secrets of namespaces in which they are watched, and without ConfigMaps that are. */
  #unwatched(refs: readonly Ref[] = []): readonly Ref[] {
    const { secretNamespaces, configMaps } = this.#init
    return refs.filter((ref) => {
      const [kind, namespace = '', name = ''] = ref.split('/')
      if (kind === CONFIG_MAPS.kind) return !configMaps.includes(`${namespace}/${name}`)
      return kind !== SECRETS.kind || !secretNamespaces.includes(namespace)
    })
  }

  unreadable(ref: Ref): Subject | undefined {
    return this.#intake.unreadable(ref)
  }

  get states(): readonly ResourceState[] {
    return this.#followed.map(({ row, namespace = '', name, reflector }) => {
      return {
        resource: name === undefined ? resourceName(row) : `${resourceName(row)}/${name}`,
        namespace,
        health: reflector.health,
        objects: reflector.size,
        ageMs: reflector.age,
        lists: reflector.lists,
        watches: reflector.watches,
      }
    })
  }

  #take(row: ResourceRow, change: Change): void {
    const { upserts, removals } = this.#intake.take(row, change)
    if (this.#early === undefined) return this.#send({ upserts, removals })
    for (const entry of upserts) this.#early.set(entry.ref, entry)
    for (const ref of removals) this.#early.delete(ref)
  }

  /** Called in the middle of following the cluster, which must go on whatever becomes of the news. */
  #healthChanged(): void {
    try {
      this.#tellHealth()
    } catch (error) {
      this.#init.log.error({ err: error }, 'the state of the source could not be told')
    }
  }

  #tellHealth(): void {
    const problems = this.#healthProblems()
    const text = JSON.stringify(problems)
    if (text === this.#told) return
    this.#told = text
    this.#ailments = problems
    if (this.#early === undefined) return this.#send({ upserts: [], removals: [] })
    // Nobody takes batches yet, and whoever waits for the start has to know what for.
    for (const { at, reason, message } of problems) {
      const fields = { resource: at.name, namespace: at.namespace, reason }
      this.#init.log.warn(fields, `waiting for the API server: ${message}`)
    }
  }

  #send(change: Pick<SourceBatch, 'upserts' | 'removals'>): void {
    if (this.#stopped) return
    this.#sink({ ...change, problems: this.#allProblems() })
  }

  /** The same list as before where none came or went: a batch comes with each of thousands of changes. */
  #allProblems(): readonly Problem[] {
    const parts = [this.#ailments, this.#intake.problems]
    if (parts.some((part, i) => part !== this.#parts[i])) this.#problems = parts.flat()
    this.#parts = parts
    return this.#problems
  }

  #healthProblems(): readonly Problem[] {
    const kinds = this.#followed.flatMap(({ row, namespace, reflector }) =>
      problemOfHealth(row, namespace, reflector.health),
    )
    return [...kinds, ...BY_NAME.flatMap((row) => problemsOfReading(row, this.#byName.get(row.kind)!))]
  }
}

function kindOf(ref: Ref): string {
  return ref.slice(0, ref.indexOf('/'))
}

function problemsOfReading(row: ResourceRow, { failures, health }: ByName): readonly Problem[] {
  const unread = [...failures].map(([ref, failure]): Problem => {
    const [kind = '', namespace = '', name = ''] = ref.split('/')
    const message = `${failure}; what was read before stays in use`
    return { at: { kind, namespace, name }, severity: 'error', reason: 'ReadFailed', message }
  })
  return [...problemOfHealth(row, undefined, health), ...unread]
}

function scopes({ namespaces, secretNamespaces, configMaps }: KubeSourceInit): readonly Omit<Followed, 'reflector'>[] {
  const everywhere = namespaces.length === 0 ? [undefined] : namespaces
  const kinds = RESOURCES.flatMap((row) =>
    (row.namespaced ? everywhere : [undefined]).map((namespace) => ({ row, namespace })),
  )
  const named = [...new Set(configMaps)].map((each) => {
    const [namespace = '', name = ''] = each.split('/')
    return { row: { ...NAMED_CONFIG_MAPS, fieldSelector: `metadata.name=${name}` }, namespace, name }
  })
  return [...kinds, ...secretNamespaces.map((namespace) => ({ row: WATCHED_SECRETS, namespace })), ...named]
}
