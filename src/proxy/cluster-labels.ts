/** The labels of metrics about a cluster: namespace, Service and port of `namespace/service:port`. */
export function clusterLabels(cluster: string): readonly string[] {
  const [, namespace = '', service = '', port = ''] = /^([^/]*)\/(.*):([^:]*)$/.exec(cluster) ?? []
  return [namespace, service, port]
}
