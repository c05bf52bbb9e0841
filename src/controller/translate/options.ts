/** What the operator decides for the whole translation: the weakest source of every value. */
import { DEFAULT_SETTINGS, type ProxySettings } from '../../model/settings.ts'
import { DEFAULT_ROUTE_POLICY, type RoutePolicy } from '../api/route-policy.ts'

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
  readonly settings: ProxySettings
  /** What a route gets where neither policy nor annotation says otherwise. */
  readonly routeDefaults: RoutePolicy
}

export const DEFAULT_OPTIONS: TranslateOptions = {
  ingressClass: 'sluice',
  controllerClass: 'sluice.dev/ingress-controller',
  serveWithoutClass: false,
  allowLoopbackEndpoints: false,
  allowExternalName: false,
  settings: DEFAULT_SETTINGS,
  routeDefaults: DEFAULT_ROUTE_POLICY,
}
