/** What of the options the translation goes by. */
import type { Flag } from '../config/flag.ts'
import type { Given } from '../config/read.ts'
import { type Config, FLAGS, type FlagKey } from '../config.ts'
import type { ConfigValues } from '../controller/api/sluice-config.ts'
import { type Effective, type Layer, overlay } from '../controller/translate/layers.ts'
import { DEFAULT_OPTIONS, type TranslateOptions } from '../controller/translate/options.ts'
import type { Origin } from '../model/route.ts'

/** As it is right in a cluster: what an endpoint at loopback would reach is this process and its neighbours. */
export function translateOptions(config: Config, given: Given): TranslateOptions {
  const {
    defaultBackendService,
    defaultSslCertificate: defaultCertificate,
    tcpServicesConfigmap: tcpServices,
    udpServicesConfigmap: udpServices,
    podNamespace,
    nodeName: node,
    zone,
  } = config
  const hasPeers = config.peerPort !== 0
  return {
    ingressClass: config.ingressClass,
    controllerClass: config.controllerClass,
    serveWithoutClass: false,
    allowLoopbackEndpoints: false,
    allowExternalName: config.allowExternalName,
    ...(defaultBackendService === undefined ? {} : { defaultBackend: defaultBackendService }),
    ...(defaultCertificate === undefined ? {} : { defaultCertificate }),
    ...(tcpServices === undefined ? {} : { tcpServices }),
    ...(udpServices === undefined ? {} : { udpServices }),
    ownPorts: {
      TCP: [config.httpPort, config.httpsPort, config.adminPort],
      UDP: hasPeers ? [config.peerPort] : [],
    },
    ...(podNamespace === undefined ? {} : { operatorNamespace: podNamespace }),
    ...(node === undefined ? {} : { node }),
    ...(zone === '' ? {} : { zone }),
    hasPeers,
    httpsPort: config.publicHttpsPort ?? config.httpsPort,
    config: configOf(config, given),
  }
}

/** The weakest SluiceConfig, so to say: what was given as options, over the defaults. */
function configOf(config: Config, given: Given): Effective<ConfigValues> {
  const said = [...given].flatMap(([key, name]) => {
    const { live }: Pick<Flag<unknown>, 'live'> = FLAGS[key]
    return live === undefined ? [] : [{ path: live, value: config[key], origin: optionOrigin(name) }]
  })
  const layer = {
    values: Object.fromEntries(said.map(({ path, value }) => [path, value])),
    origins: Object.fromEntries(said.map(({ path, origin }) => [path, origin])),
  }
  return overlay(DEFAULT_OPTIONS.config, layer, accessLog(config, given))
}

/** The option says where to, and thereby whether at all. */
function accessLog({ accessLog: target }: Config, given: Given): Layer<ConfigValues> | undefined {
  const name = given.get('accessLog' satisfies FlagKey)
  if (name === undefined) return undefined
  return { values: { 'logs.access': target !== 'off' }, origins: { 'logs.access': optionOrigin(name) } }
}

function optionOrigin(name: string): Origin {
  return { kind: 'Option', namespace: '', name }
}
