/**
 * One entry of a ConfigMap of TCP or UDP services, in the format of ingress-nginx: the key is a port, the value
 * `namespace/service:port`, for TCP with `:PROXY` behind it where connections begin with a header of the PROXY protocol,
 * and another `:PROXY` where endpoints get one.
 */
import { isPort } from '../../lib/ip.ts'
import { quote } from '../../lib/schema.ts'
import type { Layer4Protocol } from '../../model/layer4-port.ts'

export interface Layer4Entry {
  readonly port: number
  readonly namespace: string
  readonly service: string
  /** By name or number. */
  readonly servicePort: string | number
  readonly decodes: boolean
  readonly encodes: boolean
}

export interface Unfit {
  readonly reason: string
  readonly complaint: string
}

const VALUE = /^([a-z0-9][-a-z0-9]*)\/([a-z0-9][-a-z0-9.]*):([a-z0-9]([-a-z0-9]*[a-z0-9])?)(?::([^:]*))?(?::([^:]*))?$/

export function readLayer4Entry(protocol: Layer4Protocol, key: string, value: string): Layer4Entry | Unfit {
  if (!/^[1-9]\d{0,4}$/.test(key) || !isPort(Number(key))) {
    return { reason: 'InvalidPort', complaint: `expected a port from 1 to 65535 as the key, not ${quote(key)}` }
  }
  const found = VALUE.exec(value.trim())
  const [, namespace = '', service = '', servicePort = '', , decode = '', encode = ''] = found ?? []
  const words = [decode, encode].map((word) => word.toUpperCase())
  const forms = protocol === 'TCP' ? 'namespace/service:port[:PROXY][:PROXY]' : 'namespace/service:port'
  if (found === null || words.some((word) => word !== '' && word !== 'PROXY')) {
    return { reason: 'InvalidServiceReference', complaint: `expected ${forms}, not ${quote(value)}` }
  }
  if (protocol === 'UDP' && words.includes('PROXY')) {
    return { reason: 'InvalidServiceReference', complaint: `expected ${forms}: datagrams have no PROXY protocol` }
  }
  return {
    ...{ port: Number(key), namespace, service, decodes: words[0] === 'PROXY', encodes: words[1] === 'PROXY' },
    servicePort: /^\d+$/.test(servicePort) ? Number(servicePort) : servicePort,
  }
}
