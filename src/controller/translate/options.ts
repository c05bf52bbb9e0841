/** What the operator decides for the whole translation: the weakest source of every value. */
import type { Layer4Protocol } from '../../model/layer4-port.ts'
import type { Origin } from '../../model/route.ts'
import { type ConfigValues, DEFAULT_CONFIG } from '../api/sluice-config.ts'
import type { Effective } from './layers.ts'

export interface TranslateOptions {
  /** Name by which an Ingress asks for us where no IngressClass object of that name says otherwise. */
  readonly ingressClass: string
  /** `spec.controller` of the IngressClass objects that are ours. */
  readonly controllerClass: string
  /** Serve an Ingress that names no class, where no default class says whose it is. */
  readonly serveWithoutClass: boolean
  /** Accept loopback addresses of endpoints: right on a laptop, a hole in a cluster. */
  readonly allowLoopbackEndpoints: boolean
  /** Serve Services of type ExternalName. */
  readonly allowExternalName: boolean
  /** `namespace/service:port` for requests that no Ingress wants, on known and unknown hosts alike. */
  readonly defaultBackend?: string
  /** The port by which clients reach HTTPS. */
  readonly httpsPort: number
  /** `namespace/name` of a Secret, for names that nobody has a certificate for. */
  readonly defaultCertificate?: string
  /** `namespace/name` of the ConfigMaps that say which ports lead to TCP and UDP services. */
  readonly tcpServices?: string
  readonly udpServices?: string
  /** Ports that we listen on ourselves, where they are known. */
  readonly ownPorts: Readonly<Record<Layer4Protocol, readonly number[]>>
  /** The namespace of the controller, whose policies may be for a whole class; without it all may. */
  readonly operatorNamespace?: string
  /** Where we run: what endpoints are near to. Where the zone is left out, it is learnt from endpoints on the node. */
  readonly node?: string
  readonly zone?: string
  /** Whether replicas know each other. */
  readonly hasPeers: boolean
  /** What the command line and the environment say of what a SluiceConfig may say. */
  readonly config: Effective<ConfigValues>
}

const UNSAID: Origin = { kind: 'Default', namespace: '', name: '' }

/** Origins of values that nobody has said anything of. */
export function unsaid<V extends object>(values: V): { readonly [K in keyof V]: Origin } {
  return Object.fromEntries(Object.keys(values).map((path) => [path, UNSAID])) as Record<keyof V, Origin>
}

export const DEFAULT_OPTIONS: TranslateOptions = {
  ingressClass: 'sluice',
  controllerClass: 'sluice.dev/ingress-controller',
  serveWithoutClass: false,
  allowLoopbackEndpoints: false,
  allowExternalName: false,
  httpsPort: 443,
  ownPorts: { TCP: [], UDP: [] },
  hasPeers: false,
  config: {
    values: DEFAULT_CONFIG,
    origins: unsaid(DEFAULT_CONFIG),
  },
}
