/** Who writes to the cluster, and which addresses, by the options. */
import { type Config, machineName } from '../config.ts'
import { type AddressSource, fixedAddresses, UNKNOWN_ADDRESSES } from '../controller/status/address-source.ts'
import { OwnNodes } from '../controller/status/own-nodes.ts'
import { PublishedService } from '../controller/status/published-service.ts'
import { StatusAuthor, type StatusAuthorInit } from '../controller/status/status-author.ts'
import type { Random } from '../lib/random.ts'

type Outside = Pick<StatusAuthorInit, 'client' | 'clock' | 'random' | 'log' | 'look'>

/** `undefined` where it is not known which namespace we are in: there is nowhere to agree on one author. */
export function statusAuthor(config: Config, outside: Outside): StatusAuthor | undefined {
  const { podNamespace: namespace, podName, electionId: name } = config
  if (namespace === undefined) {
    outside.log.warn({}, 'POD_NAMESPACE is not set: there is no Lease, and neither status nor Events are written')
    return undefined
  }
  const identity = podName ?? `${machineName()}-${suffix(outside.random)}`
  return new StatusAuthor({
    ...outside,
    addresses: addressSource(config, outside),
    lease: { namespace, name, identity },
  })
}

function addressSource(config: Config, outside: Outside): AddressSource {
  const { publishService: service, publishAddress, publishNodes, podNamespace: namespace, podName } = config
  if (publishAddress.length > 0) return fixedAddresses(publishAddress)
  if (service !== undefined) return new PublishedService({ ...outside, service })
  if (publishNodes && namespace !== undefined) {
    if (podName !== undefined) return new OwnNodes({ ...outside, namespace, podName })
    outside.log.warn({}, 'POD_NAME is not set: --publish-nodes finds no nodes, and no addresses are written')
    return UNKNOWN_ADDRESSES
  }
  const options = '--publish-service, --publish-address and --publish-nodes'
  outside.log.info({}, `none of ${options} is given: no addresses are written into Ingresses`)
  return UNKNOWN_ADDRESSES
}

/** Two processes on one machine are two. */
function suffix(random: Random): string {
  return Math.floor(random() * 36 ** 6)
    .toString(36)
    .padStart(6, '0')
}
