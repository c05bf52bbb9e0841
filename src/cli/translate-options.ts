/** What of the configuration the translation goes by. */
import { type Config, proxySettings } from '../config.ts'
import type { TranslateOptions } from '../controller/translate/options.ts'

/** As it is right in a cluster: what an endpoint at loopback would reach is this process and its neighbours. */
export function translateOptions(config: Config): TranslateOptions {
  const { defaultBackendService } = config
  return {
    ingressClass: config.ingressClass,
    controllerClass: config.controllerClass,
    serveWithoutClass: false,
    allowLoopbackEndpoints: false,
    allowExternalName: config.allowExternalName,
    ...(defaultBackendService === undefined ? {} : { defaultBackend: defaultBackendService }),
    settings: proxySettings(config),
    routeDefaults: {
      connectTimeout: config.connectTimeout,
      responseTimeout: config.responseTimeout,
      requestTimeout: config.requestTimeout,
      retryAttempts: config.retryAttempts,
      maxBodySize: config.bodyLimit,
    },
  }
}
