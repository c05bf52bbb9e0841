/** A problem as an Event of `events.k8s.io/v1` on the object that holds it. Pure. */
import { Buffer } from 'node:buffer'
import { hash } from 'node:crypto'
import type { Problem } from '../../model/problem.ts'
import type { ApiKind } from './rows.ts'

/** The API server refuses longer notes. */
const MOST_NOTE_BYTES = 1_024
/** The same for who and what it names. */
const MOST_WORD = 128
const CONTROLLER = 'sluice.dev/ingress-controller'
/** Where Events stand on objects that live in no namespace: the API server asks for it. */
const CLUSTER_NAMESPACE = 'default'
const LONGEST_NAME = 253

/** Nothing is wrong, and somebody waits to hear of it. */
const ANNOUNCED: ReadonlySet<string> = new Set(['CanaryPromoted'])

/** Whether it is worth an Event: what is wrong, and good news that are awaited. */
export function isTold({ severity, reason }: Problem): boolean {
  return severity !== 'note' || ANNOUNCED.has(reason)
}

/** A problem of one object that exists. */
export interface Incident {
  readonly problem: Problem
  readonly regarding: ApiKind
  readonly uid: string
}

/** When, and by which replica, it is told. */
export interface Telling {
  /** As `MicroTime` has it. */
  readonly now: string
  readonly identity: string
}

/** Where Events about an object are. */
export function eventNamespace({ problem: { at } }: Incident): string {
  return at.namespace === '' ? CLUSTER_NAMESPACE : at.namespace
}

/** The same for the same problem of the same object, whoever tells it: a second leader finds what the first one told. */
export function eventName({ problem: { at, reason, severity, message }, uid }: Incident): string {
  const what = JSON.stringify([uid, at.field, severity, reason, message])
  const suffix = `.${hash('sha256', what, 'hex').slice(0, 16)}`
  // What stands before a dot ends with a letter or a digit.
  return at.name.slice(0, LONGEST_NAME - suffix.length).replace(/[^a-z0-9]+$/, '') + suffix
}

export function eventBody(incident: Incident, { now, identity }: Telling): object {
  const { problem, regarding, uid } = incident
  const { at, reason, severity } = problem
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { namespace: eventNamespace(incident), name: eventName(incident) },
    eventTime: now,
    type: severity === 'note' ? 'Normal' : 'Warning',
    reason: reason.slice(0, MOST_WORD),
    action: 'Translate',
    note: noteOf(problem),
    regarding: { ...regarding, name: at.name, uid, ...(at.namespace === '' ? {} : { namespace: at.namespace }) },
    reportingController: CONTROLLER,
    reportingInstance: identity.slice(0, MOST_WORD),
  }
}

/** The patch that says that it lasts; a series begins with the second time. */
export function seriesPatch(count: number, now: string): object {
  return { series: { count, lastObservedTime: now } }
}

/** `spec.rules[0].host: "Foo.com": expected lower case`, within what the API server takes. */
function noteOf({ at, message }: Problem): string {
  return cut(at.field === undefined ? message : `${at.field}: ${message}`)
}

function cut(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= MOST_NOTE_BYTES) return text
  // What is left of a character that was cut through is dropped.
  const kept = bytes.subarray(0, MOST_NOTE_BYTES - 3).toString('utf8')
  return `${kept.replace(/\ufffd$/, '')}…`
}
