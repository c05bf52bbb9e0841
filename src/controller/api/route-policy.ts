/**
 * RoutePolicy: what can be asked for the routes of an Ingress, one field an option. Annotations, flags and the
 * defaults of a SluiceConfig are other spellings of these fields; there is no second definition of any.
 */
import {
  boolean,
  bytes,
  duration,
  integer,
  type Leaves,
  list,
  object,
  oneOf,
  optional,
  required,
  text,
} from '../../lib/schema.ts'
import { CODINGS, COMPRESSED_TYPES } from '../../model/compression.ts'
import { DEFAULT_TLS, TLS_CIPHERS, TLS_CURVES, TLS_VERSIONS } from '../../model/tls.ts'
import { HOST_OPTIONS, type HostValues } from './host-options.ts'
import { type TargetedPolicy, targetRefs } from './policy/target-ref.ts'
import { DEFAULT_RESILIENCE_ROUTE_VALUES, RESILIENCE_ROUTE_OPTIONS } from './resilience-options.ts'

const MEDIA_TYPE = text(
  /[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/([a-z0-9][a-z0-9!#$&^_.+-]{0,126}|[*])/,
  'a media type such as text/html',
)

export const ROUTE_OPTIONS = {
  timeouts: optional(
    object({
      connect: optional(duration(), 'Longest time until the connection to an endpoint stands; 0 is no limit.'),
      response: optional(
        duration(),
        'Longest silence of the endpoint, before its answer and between parts of it; 0 is no limit.',
      ),
      request: optional(duration(), 'Longest time for the whole request, retries included; 0 is no limit.'),
    }),
    'How long things may take.',
  ),
  ...RESILIENCE_ROUTE_OPTIONS,
  https: optional(
    object({
      redirect: optional(boolean(), 'Answer requests in clear text with a redirect (308) to HTTPS.'),
      hsts: optional(
        object({
          enabled: optional(boolean(), 'Say so in answers by HTTPS, unless the backend does.'),
          maxAgeSeconds: optional(integer(0, 2_147_483_647), 'For how long browsers hold on to it.'),
          includeSubdomains: optional(boolean(), 'For subdomains of the host too.'),
          preload: optional(boolean(), 'Agree to be put on the lists that browsers are delivered with.'),
        }),
        'Strict-Transport-Security, on hosts with a certificate of their own.',
      ),
    }),
    'What it means for clear text that a host is named in spec.tls.',
  ),
  tls: optional(
    object({
      versions: optional(list(oneOf(...TLS_VERSIONS), { minItems: 1 }), 'Versions that clients may speak.'),
      ciphers: optional(
        list(oneOf(...TLS_CIPHERS), { minItems: 1 }),
        'Ciphers, the preferred ones first. Where none of a version is named, its own defaults stay.',
      ),
      curves: optional(
        list(oneOf(...TLS_CURVES), { minItems: 1 }),
        'Groups for the exchange of keys, the preferred ones first.',
      ),
    }),
    'How TLS is spoken for the hosts of spec.tls. Of several Ingresses for one host, the oldest decides.',
  ),
  compression: optional(
    object({
      enabled: optional(boolean(), 'Compress answers for clients that take that.'),
      codings: optional(
        list(oneOf(...CODINGS), { minItems: 1 }),
        'Content codings, the preferred ones first where a client does not care.',
      ),
      types: optional(
        list(MEDIA_TYPE, { minItems: 1 }),
        'Media types of answers that are compressed; text/* is all of them.',
      ),
      minSize: optional(bytes(), 'Answers that are known to be smaller stay as they are.'),
    }),
    'Compression of answers.',
  ),
  maxBodySize: optional(bytes(), 'Largest request body; a larger one is answered 413. 0 is no limit.'),
}

/** What a RoutePolicy or an annotation may say. */
export const INGRESS_OPTIONS = { ...ROUTE_OPTIONS, ...HOST_OPTIONS }

/** One value for each option that has a default for all routes, by its path. */
export type RouteDefaults = Leaves<typeof ROUTE_OPTIONS>
/** One for each option of the routes of an Ingress. */
export type RouteValues = RouteDefaults & HostValues
export type RoutePath = keyof RouteValues

export const DEFAULT_ROUTE_VALUES: RouteDefaults = {
  'timeouts.connect': 5_000,
  'timeouts.response': 60_000,
  'timeouts.request': 0,
  ...DEFAULT_RESILIENCE_ROUTE_VALUES,
  'https.redirect': true,
  'https.hsts.enabled': true,
  'https.hsts.maxAgeSeconds': 31_536_000,
  'https.hsts.includeSubdomains': true,
  'https.hsts.preload': false,
  'tls.versions': DEFAULT_TLS.versions,
  'tls.ciphers': DEFAULT_TLS.ciphers,
  'tls.curves': DEFAULT_TLS.curves,
  'compression.enabled': false,
  'compression.codings': CODINGS,
  'compression.types': COMPRESSED_TYPES,
  'compression.minSize': 1024,
  maxBodySize: 0,
}

export const ROUTE_POLICY_SPEC = {
  targetRefs: required(
    targetRefs({ group: 'networking.k8s.io', kind: 'Ingress' }),
    'Ingresses of the same namespace that this holds for, all routes of each. Of two policies for one the older holds.',
  ),
  ...INGRESS_OPTIONS,
}

export const ROUTE_POLICY_KIND = 'RoutePolicy.sluice.dev'

export type RoutePolicy = TargetedPolicy<typeof ROUTE_POLICY_KIND, RouteValues>
