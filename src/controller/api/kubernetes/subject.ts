/** What there is to know of an object for those who write about it, whether it can be read or not. */
import { isObject } from '../../../lib/shape.ts'
import { CLASS_ANNOTATION } from './ingress.ts'
import type { KubernetesObject } from './kinds.ts'

export interface Subject {
  readonly uid: string | undefined
  readonly generation: number | undefined
  /** As somebody wrote it last. */
  readonly status: unknown
  /** The class that an Ingress names, where it cannot be read and this can. */
  readonly className?: string
}

export function subjectOf(object: KubernetesObject): Subject {
  const { uid, generation } = object.metadata
  return { uid, generation, status: 'status' in object ? object.status : undefined }
}

/** The same of an object as JSON has it. */
export function rawSubject(raw: Readonly<Record<string, unknown>>): Subject {
  const { uid, generation, annotations } = isObject(raw.metadata) ? raw.metadata : {}
  const { ingressClassName } = isObject(raw.spec) ? raw.spec : {}
  const annotation = isObject(annotations) ? annotations[CLASS_ANNOTATION] : undefined
  const className = [annotation, ingressClassName].find((each) => typeof each === 'string' && each !== '')
  return {
    uid: typeof uid === 'string' ? uid : undefined,
    generation: typeof generation === 'number' ? generation : undefined,
    status: raw.status,
    ...(typeof className === 'string' ? { className } : {}),
  }
}
