/**
 * From the cluster to the whole desired state of the proxy: a pure function of what the view answers and of the
 * options. No clock, no I/O, no logger. It never throws for data; what is wrong becomes a problem of its owner and
 * harms nobody else. With a memory of the last time it costs what changed since, and comes out the same.
 */
import type { Problem } from '../../model/problem.ts'
import type { RouteSpec } from '../../model/route.ts'
import type { Change } from '../../model/snapshot.ts'
import type { Explanation } from '../../model/value.ts'
import type { Ingress } from '../api/kubernetes/ingress.ts'
import type { Policy } from '../api/kubernetes/kinds.ts'
import { type Ref, refOf } from '../api/kubernetes/metadata.ts'
import type { ConfigValues } from '../api/sluice-config.ts'
import type { Inputs } from './cluster-part.ts'
import type { Redrafted } from './kept-drafts.ts'
import type { Effective } from './layers.ts'
import { Memory } from './memory.ts'
import type { TranslateOptions } from './options.ts'
import { Report } from './report.ts'
import type { ServedName } from './server-names.ts'
import type { Feed, View } from './view.ts'

/** What differs from the desired state before. */
export interface Translated extends Change {
  /** It is all there is: what it does not name is to go. So it is where nothing was remembered. */
  readonly isWhole: boolean
}

export interface Translation {
  readonly translated: Translated
  /** All problems, in a fixed order, each once; the same list as before where none came or went. */
  readonly problems: readonly Problem[]
  readonly served: ServedChange
  /** Whether Ingresses of a class are ours, those that cannot be read included. */
  readonly isOurs: (className: string) => boolean
  /** Objects of our own group that are for us to judge; the same list as before where nothing about them changed. */
  readonly judged: readonly Policy[]
  /** Hosts with certificates of their own, and `*` where the operator has one for all others. */
  readonly servedNames: readonly ServedName[]
  /** What holds for the whole process. */
  readonly config: Effective<ConfigValues>
  /** What holds for a route, and why. */
  readonly explain: (route: RouteSpec) => Explanation
}

/** Which Ingresses are ours now and were not before. Another one of the same name came, and the one before left. */
export interface ServedChange {
  readonly came: ReadonlyMap<Ref, Ingress>
  readonly left: ReadonlySet<Ref>
  /** Those that came are all of ours, and those that left all others: it is not known which of them were ours. */
  readonly isWhole: boolean
}

/** @param memory of translations before this one, with the same options; the outcome is the same without. */
export function translate(view: View, options: TranslateOptions, memory = new Memory()): Translation {
  draft({ view, options }, memory)
  return assemble({ view, options }, memory)
}

/** The first half: what each Ingress wants, for itself. After it, all is known that the rest refers to by name. */
export function draft(inputs: Inputs, memory: Memory): void {
  const { refs, ingresses, concernsOperator, concernsLayer4 } = memory.takeChanged()
  const rulebook = memory.policies.update(refs, inputs)
  memory.operator.update(concernsOperator, rulebook, inputs)
  memory.layer4.update(concernsLayer4, rulebook, inputs)
  memory.drafts.update(ingresses, { ...inputs, ...rulebook })
}

/** The second half: what becomes of that on the hosts that they share, and where it leads to. */
export function assemble(inputs: Inputs, memory: Memory): Translation {
  const { parts, hosts, clusters } = memory
  const rules = memory.policies.current
  memory.policies.put(parts)
  memory.operator.put(parts)
  memory.layer4.put(parts, clusters)
  const redrafted = putDrafts(memory)
  putCanaries(memory, inputs)
  const { wishes } = memory.operator
  hosts.update({ wishes, tls: rules.tls, httpsPort: inputs.options.httpsPort, parts, clusters })
  clusters.update(memory.takeFeeds(), { inputs, rules, parts })
  const isWhole = memory.takeFirst()
  return {
    translated: { ...parts.takeChange(), isWhole },
    problems: parts.problems,
    served: isWhole ? servedNow(inputs, memory) : servedChange(redrafted),
    servedNames: hosts.servedNames,
    isOurs: (className) => rules.classes.isOurs(className),
    judged: rules.policies.judged,
    config: rules.configs.global,
    explain: (route) => explained(route, memory),
  }
}

/** Endpoints alone, of clusters that come from these feeds. */
export function refreshEndpoints(
  feeds: ReadonlySet<Feed>,
  inputs: Inputs,
  { clusters, parts }: Memory,
): Pick<Translation, 'translated' | 'problems'> {
  clusters.refresh(feeds, { inputs, parts })
  return { translated: { ...parts.takeChange(), isWhole: false }, problems: parts.problems }
}

function putDrafts({ drafts, hosts, parts }: Memory): readonly Redrafted[] {
  const redrafted = drafts.takeRedrafted()
  for (const { ref, before, after } of redrafted) {
    hosts.replace(before?.stakes ?? [], after?.stakes ?? [])
    parts.put(ref, { problems: after?.report.problems ?? [] })
  }
  return redrafted
}

/** What all routes that go by a canary have in common: how it stands may change while none of them does. */
function putCanaries({ drafts, parts, policies }: Memory, { view }: Inputs): void {
  const report = new Report()
  const { canaries } = policies.current.policies
  const hits = drafts.withCanaries.flatMap((draft) => draft.canaries)
  canaries.reportIdle(hits, report)
  parts.put('canaries', { entries: canaries.entries(hits, view, report), problems: report.problems })
}

function servedNow({ view }: Inputs, { policies }: Memory): ServedChange {
  const { classes } = policies.current
  const all = view.ingresses().map((ingress) => [refOfIngress(ingress), ingress] as const)
  const came = new Map(all.filter(([, ingress]) => classes.served(ingress) !== undefined))
  return { came, left: new Set(all.map(([ref]) => ref)).difference(came), isWhole: true }
}

function refOfIngress({ kind, metadata }: Ingress): Ref {
  return refOf(kind, metadata.namespace, metadata.name)
}

function servedChange(redrafted: readonly Redrafted[]): ServedChange {
  const came = new Map<Ref, Ingress>()
  const left = new Set<Ref>()
  for (const { ref, before, after } of redrafted) {
    const [old, now] = [before?.served.ingress, after?.served.ingress]
    if (old !== undefined && now !== undefined && old.metadata.uid === now.metadata.uid) continue
    if (old !== undefined) left.add(ref)
    if (now !== undefined) came.set(ref, now)
  }
  return { came, left, isWhole: false }
}

function explained(route: RouteSpec, { drafts, policies }: Memory): Explanation {
  const rules = drafts.rules(route.origin.namespace, route.origin.name)
  return rules === undefined ? {} : policies.current.policies.explain(route, rules)
}
