/**
 * Values that the chart is tried with. Every set is linted and rendered here, and sent to a real API server by the
 * end-to-end tests; a template's branch that no set reaches is one that nobody has seen.
 */
import type { Values } from './helm.ts'

export interface ValueSet {
  readonly name: string
  readonly values: Values
}

/** Namespaces that some of the sets speak of. They have to exist where objects are sent to a server. */
export const MATRIX_NAMESPACES = ['shop', 'blog', 'monitoring']

const HOST_PORTS = { enabled: true, ports: { http: 80, https: 443 } }
const LABELS = { team: 'edge' }
const NOTES = { 'example.com/note': 'x' }

export const MATRIX: readonly ValueSet[] = [
  { name: 'defaults', values: {} },
  { name: 'one replica', values: { controller: { replicaCount: 1, minReadySeconds: 5, revisionHistoryLimit: 2 } } },
  {
    name: 'names and labels',
    values: {
      nameOverride: 'edge',
      fullnameOverride: 'front-door',
      commonLabels: LABELS,
      imagePullSecrets: [{ name: 'pull' }],
      serviceAccount: { name: 'edge', annotations: NOTES },
      controller: {
        image: {
          registry: 'images.example.com/',
          image: 'team/sluice',
          tag: '1.2.3',
          digest: `sha256:${'a'.repeat(64)}`,
        },
        annotations: NOTES,
        labels: LABELS,
        podAnnotations: NOTES,
        podLabels: LABELS,
        ingressClassResource: { name: 'edge', default: true, controllerValue: 'example.com/edge', annotations: NOTES },
        electionID: 'edge-leader',
      },
    },
  },
  { name: 'replicas that work alone', values: { controller: { peers: { enabled: false } } } },
  {
    name: 'replicas with a secret of their own, on a network that is guarded',
    values: { controller: { peers: { port: 9999, existingSecret: 'edge-peers' }, networkPolicy: { enabled: true } } },
  },
  { name: 'DaemonSet', values: { controller: { kind: 'DaemonSet' } } },
  {
    name: 'DaemonSet on ports of the node',
    values: { controller: { kind: 'DaemonSet', hostPort: HOST_PORTS, service: { enabled: false } } },
  },
  {
    name: 'DaemonSet in the network of the node',
    values: {
      controller: {
        kind: 'DaemonSet',
        hostNetwork: true,
        service: { enabled: false },
        publishAddress: ['192.0.2.1', 'lb.example.com'],
        updateStrategy: { type: 'OnDelete' },
      },
    },
  },
  { name: 'Deployment on ports of the node', values: { controller: { hostPort: HOST_PORTS, dnsPolicy: 'Default' } } },
  {
    name: 'load balancer',
    values: {
      controller: {
        service: {
          annotations: NOTES,
          labels: LABELS,
          appProtocol: true,
          externalTrafficPolicy: 'Local',
          internalTrafficPolicy: 'Cluster',
          healthCheckNodePort: 32_000,
          loadBalancerIP: '192.0.2.7',
          loadBalancerClass: 'example.com/lb',
          loadBalancerSourceRanges: ['198.51.100.0/24'],
          allocateLoadBalancerNodePorts: true,
          ipFamilyPolicy: 'SingleStack',
          ipFamilies: ['IPv4'],
          externalIPs: ['192.0.2.8'],
        },
      },
    },
  },
  {
    name: 'ports of all nodes',
    values: {
      controller: {
        service: { type: 'NodePort', nodePorts: { http: 30_080, https: 30_443 }, ports: { http: 8080, https: 8443 } },
      },
    },
  },
  {
    name: 'within the cluster, HTTP alone',
    values: { controller: { service: { type: 'ClusterIP', clusterIP: 'None', enableHttps: false } } },
  },
  { name: 'another Service is published', values: { controller: { publishService: { pathOverride: 'shop/front' } } } },
  { name: 'nothing is published', values: { controller: { publishService: { enabled: false } } } },
  { name: 'some namespaces', values: { controller: { scope: { namespaces: ['shop', 'blog'] } } } },
  {
    name: 'some namespaces, on ports of nodes',
    values: {
      controller: {
        kind: 'DaemonSet',
        scope: { namespaces: ['shop'] },
        hostPort: HOST_PORTS,
        service: { enabled: false },
      },
    },
  },
  { name: 'watched Secrets', values: { controller: { secretNamespaces: ['shop'] } } },
  {
    name: 'some namespaces, Secrets of one of them',
    values: {
      rbac: { readSecrets: false },
      controller: { scope: { namespaces: ['shop', 'blog'] }, secretNamespaces: ['blog'] },
    },
  },
  {
    name: 'what belongs to the cluster is somebody else’s',
    values: {
      rbac: { create: false },
      serviceAccount: { create: false, name: 'edge' },
      crds: { install: false },
      validatingAdmissionPolicy: { enabled: false },
      controller: { ingressClassResource: { enabled: false }, ingressClass: 'edge' },
    },
  },
  {
    name: 'CRDs that go with the release, admission that warns alone',
    values: { crds: { keep: false }, validatingAdmissionPolicy: { validationActions: ['Warn'] } },
  },
  {
    name: 'a SluiceConfig that is there already',
    values: {
      controller: {
        ingressClassResource: {
          parameters: { apiGroup: 'sluice.dev', kind: 'SluiceConfig', scope: 'Cluster', name: 'edge' },
        },
      },
    },
  },
  {
    name: 'scaled by load',
    values: {
      controller: {
        autoscaling: {
          enabled: true,
          minReplicas: 3,
          maxReplicas: 9,
          targetMemoryUtilizationPercentage: 80,
          behavior: { scaleDown: { stabilizationWindowSeconds: 600 } },
        },
        maxUnavailable: null,
        minAvailable: '50%',
        unhealthyPodEvictionPolicy: 'IfHealthyBudget',
      },
    },
  },
  {
    name: 'monitored',
    values: {
      controller: {
        metrics: {
          enabled: true,
          service: { annotations: NOTES, labels: LABELS, servicePort: 9090 },
          serviceMonitor: {
            enabled: true,
            namespace: 'monitoring',
            additionalLabels: LABELS,
            annotations: NOTES,
            scrapeInterval: '15s',
            relabelings: [{ action: 'labeldrop', regex: 'pod' }],
            metricRelabelings: [{ action: 'drop', sourceLabels: ['__name__'], regex: 'nodejs_.*' }],
          },
        },
        networkPolicy: {
          enabled: true,
          metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
        },
      },
    },
  },
  {
    name: 'TCP and UDP services, walled in',
    values: {
      tcp: { 5432: 'data/postgres:5432', 9000: 'shop/app:http:PROXY' },
      udp: { 53: 'kube-system/kube-dns:53', 5432: 'data/beacon:5432' },
      controller: {
        networkPolicy: { enabled: true },
        service: { type: 'NodePort', nodePorts: { tcp: { 5432: 30_432 }, udp: { 53: 30_053 } } },
      },
    },
  },
  {
    name: 'TCP services on ports of the node, some namespaces',
    values: {
      tcp: { 22: 'git/ssh:22' },
      controller: { hostPort: HOST_PORTS, service: { enabled: false }, scope: { namespaces: ['shop'] } },
    },
  },
  { name: 'walled in', values: { controller: { networkPolicy: { enabled: true } } } },
  {
    name: 'Pods as somebody wants them',
    values: {
      controller: {
        bindAddress: '::',
        containerPort: { http: 9080, https: 9443, admin: 9254 },
        workers: 8,
        logLevel: 'debug',
        accessLog: 'off',
        trustedProxies: ['10.0.0.0/8', '2001:db8::/32'],
        extraArgs: { 'body-limit': '10Mi', 'allow-external-name': true, 'max-connections': 1_000_000 },
        extraEnvs: [{ name: 'SLUICE_IDLE_TIMEOUT', value: '90s' }],
        extraVolumes: [{ name: 'scratch', emptyDir: {} }],
        extraVolumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
        drain: { delaySeconds: 0, timeoutSeconds: 20 },
        terminationGracePeriodSeconds: 60,
        resources: { limits: { cpu: 2, memory: '1Gi' } },
        nodeSelector: { 'node.example.com/edge': 'true' },
        tolerations: [{ key: 'edge', operator: 'Exists' }],
        affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
        topologySpreadConstraints: [
          { topologyKey: 'kubernetes.io/hostname', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' },
          {
            topologyKey: 'topology.kubernetes.io/zone',
            maxSkew: 2,
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: { matchLabels: LABELS },
          },
        ],
        priorityClassName: 'system-cluster-critical',
        dnsConfig: { options: [{ name: 'ndots', value: '2' }] },
      },
    },
  },
]

/** Sets with objects of our own kinds: a server only takes them once it knows the CRDs. */
export const MATRIX_WITH_CRDS: readonly ValueSet[] = [
  {
    name: 'configured',
    values: { controller: { config: { limits: { requestLine: '16Ki' }, logs: { level: 'warn', access: false } } } },
  },
]
