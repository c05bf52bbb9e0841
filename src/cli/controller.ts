/** `sluice controller`: a Kubernetes cluster, from within or by a kubeconfig file. */
import { HttpKubeClient } from '../controller/source/kube/client.ts'
import { KubeSource } from '../controller/source/kube/kube.ts'
import { systemRandom as random } from '../lib/random.ts'
import { boundHeapGrowth } from './heap.ts'
import type { Command, CommandSpec } from './serve.ts'
import { statusAuthor } from './status-author.ts'
import { translateOptions } from './translate-options.ts'

/** @throws Error in words where it is not known how to reach a cluster. */
export async function controller({ config, given, clock, log, print }: CommandSpec): Promise<Command> {
  boundHeapGrowth()
  const { kubeconfig: file, watchNamespace: namespaces, secretNamespaces } = config
  const configMaps = [config.tcpServicesConfigmap, config.udpServicesConfigmap].filter((name) => name !== undefined)
  // Imported here, since it brings a library of 80 MB that nothing else needs.
  const { KubeconfigAccess } = await import('../controller/source/kube/kubeconfig.ts')
  const access = new KubeconfigAccess({ clock, ...(file === undefined ? {} : { file }) })
  const { server } = await access.current()
  log.info({ server, namespaces: namespaces.length === 0 ? 'all' : namespaces.join(',') }, 'reading the cluster')
  const client = new HttpKubeClient(access, clock)
  const source = new KubeSource({ client, clock, random, log, namespaces, secretNamespaces, configMaps })
  return {
    source,
    cluster: {
      resources: () => source.states,
      time: () => client.serverTime,
      author: (look) => statusAuthor(config, { client, clock, random, log, look }),
    },
    options: translateOptions(config, given),
    close: () => {},
    announce: async ({ http, https, admin }) =>
      print(`Sluice serves the cluster at ${server} on ${http} and ${https}, see also ${admin}/debug/routes`),
  }
}
