/** THE table of our own annotations on an Ingress: each row is a second spelling of a field of the route policy. */
import type { RoutePolicyField } from '../route-policy.ts'

export interface AnnotationRow {
  readonly field: RoutePolicyField
  /** One sentence for the documentation. */
  readonly doc: string
}

export const SLUICE_PREFIX = 'sluice.dev/'

/** By the name after the prefix. */
export const SLUICE_ANNOTATIONS: Readonly<Record<string, AnnotationRow>> = {
  'connect-timeout': {
    field: 'connectTimeout',
    doc: 'Longest time until the connection to an endpoint stands; 0 is no limit.',
  },
  'response-timeout': {
    field: 'responseTimeout',
    doc: 'Longest silence of the endpoint, before its answer and between parts of it; 0 is no limit.',
  },
  'request-timeout': {
    field: 'requestTimeout',
    doc: 'Longest time for the whole request, retries included; 0 is no limit.',
  },
  'retry-attempts': {
    field: 'retryAttempts',
    doc: 'Attempts after the first one, made only where repeating is safe.',
  },
  'max-body-size': {
    field: 'maxBodySize',
    doc: 'Largest request body; a larger one is answered 413. 0 is no limit.',
  },
}
