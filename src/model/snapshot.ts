/**
 * The whole desired state as JSON texts, and the difference between two of them: all that crosses from the
 * controller to the proxy. Text makes equality `===`, costs the least to send between threads (measured against
 * structuredClone and v8 serialisation) and cannot be shared by accident.
 */
import type { CanarySpec } from './canary.ts'
import type { AuthoritySpec, CertificateSpec } from './certificate.ts'
import type { ClusterSpec, EndpointSpec } from './cluster.ts'
import type { Layer4PortSpec } from './layer4-port.ts'
import type { LimitStoreSpec } from './limit-store.ts'
import type { RateLimitSpec } from './rate-limit.ts'
import type { VirtualHostSpec } from './route.ts'
import type { ServerNameSpec } from './server-name.ts'
import type { ProxySettings } from './settings.ts'

export interface Resources {
  /** By host pattern. */
  readonly virtualHost: VirtualHostSpec
  /** By cluster name. */
  readonly cluster: ClusterSpec
  /** By cluster name; a lane of their own, since they change a hundred times as often. */
  readonly endpoints: readonly EndpointSpec[]
  /** By `namespace/policy/limit`. */
  readonly rateLimit: RateLimitSpec
  /** By `namespace/policy`. */
  readonly canary: CanarySpec
  /** By certificate name. */
  readonly certificate: CertificateSpec
  /** By certificate name: what its responder says of it (OCSP), in base64. */
  readonly staple: string
  /** By host pattern: which of them a client gets. */
  readonly serverName: ServerNameSpec
  /** By its name: who vouches for clients. */
  readonly authority: AuthoritySpec
  /** By protocol and number: see `layer4PortName`. */
  readonly layer4Port: Layer4PortSpec
  /**
   * One, by the name `global`, where replicas share them: keys of session tickets, in base64. The first seals, all open.
   * Secret: no view names this kind.
   */
  readonly ticketKeys: readonly string[]
  /** One, by the name `global`. */
  readonly limitStore: LimitStoreSpec
  /** One, by the name `global`. */
  readonly settings: ProxySettings
}

export type ResourceKind = keyof Resources
/** Kind and name; the kind holds no slash, the name may. */
export type ResourceKey = `${ResourceKind}/${string}`

/** Every resource as JSON text. */
export type Snapshot = ReadonlyMap<ResourceKey, string>

/** A resource of a snapshot. */
export type Entry = readonly [ResourceKey, string]

/** What makes one snapshot of another. */
export interface Change {
  readonly upserts: readonly Entry[]
  readonly removals: readonly ResourceKey[]
}

export interface Update extends Change {
  readonly revision: number
}

/** All the controller knows of the proxy. Resolves once every worker has applied the update. */
export interface Publisher {
  publish(update: Update): Promise<void>
}

export function resourceKey<K extends ResourceKind>(kind: K, name: string): ResourceKey {
  return `${kind}/${name}`
}

export function entryOf<K extends ResourceKind>(kind: K, name: string, content: Resources[K]): Entry {
  return [resourceKey(kind, name), JSON.stringify(content)]
}

export function parseKey(key: ResourceKey): { readonly kind: ResourceKind; readonly name: string } {
  const slash = key.indexOf('/')
  return { kind: key.slice(0, slash) as ResourceKind, name: key.slice(slash + 1) }
}

/**
 * What has to be sent to get from one snapshot to another; `undefined` where nothing differs.
 * @param among where all that may differ is among these keys: then only they are looked at.
 */
export function diff(
  revision: number,
  from: Snapshot,
  to: Snapshot,
  among: Iterable<ResourceKey> = keysOf(to, from),
): Update | undefined {
  const upserts: [ResourceKey, string][] = []
  const removals: ResourceKey[] = []
  for (const key of among) {
    const text = to.get(key)
    if (text !== undefined && from.get(key) !== text) upserts.push([key, text])
    else if (text === undefined && from.has(key)) removals.push(key)
  }
  return upserts.length + removals.length > 0 ? { revision, upserts, removals } : undefined
}

/** Each key of two snapshots once, in the order of the first. */
function* keysOf(first: Snapshot, second: Snapshot): Iterable<ResourceKey> {
  yield* first.keys()
  for (const key of second.keys()) if (!first.has(key)) yield key
}

/** The other half of `diff`: makes the first snapshot of the second, in place, at the cost of what differs. */
export function patch(snapshot: Map<ResourceKey, string>, { upserts, removals }: Change): void {
  for (const key of removals) snapshot.delete(key)
  for (const [key, text] of upserts) snapshot.set(key, text)
}
