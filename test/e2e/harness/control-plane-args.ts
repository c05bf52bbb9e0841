/** The command lines of the control plane. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificates } from './control-plane.ts'
import { HOST_ADDRESS } from './network.ts'

export const API_PORT = 6443
export const SERVER = `https://${HOST_ADDRESS}:${API_PORT}`
export const ETCD_URL = 'http://127.0.0.1:2379'
const ETCD_PEER_URL = 'http://127.0.0.1:2380'

/** Waits until what was compacted is really gone. */
export const COMPACT_BODY = { physical: true }

/**
 * A machine under load stops for seconds, and an API server that is stopped for a minute keeps every node from
 * reporting: neither is to count as the death of all nodes.
 */
const NODE_GRACE = '10m'

export function etcdArgs(folder: string): readonly string[] {
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${ETCD_URL}`,
    `--advertise-client-urls=${ETCD_URL}`,
    `--listen-peer-urls=${ETCD_PEER_URL}`,
    `--initial-advertise-peer-urls=${ETCD_PEER_URL}`,
    `--initial-cluster=default=${ETCD_PEER_URL}`,
    // Its state has to outlive a process, never a machine.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]
}

export interface ApiServerArgs {
  readonly certificates: Certificates
  readonly folder: string
  readonly auditLog: string
}

export function apiServerArgs({ certificates, folder, auditLog }: ApiServerArgs): readonly string[] {
  const { authority, server, admin, tokens } = certificates
  const auditPolicy = join(folder, 'audit-policy.json')
  writeFileSync(auditPolicy, JSON.stringify(AUDIT_POLICY))
  return [
    `--etcd-servers=${ETCD_URL}`,
    '--bind-address=0.0.0.0',
    `--secure-port=${API_PORT}`,
    `--advertise-address=${HOST_ADDRESS}`,
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
    `--cert-dir=${folder}`,
    `--tls-cert-file=${server.cert}`,
    `--tls-private-key-file=${server.key}`,
    `--client-ca-file=${authority.ca.cert}`,
    // For kubelets, who are asked for logs.
    `--kubelet-client-certificate=${admin.cert}`,
    `--kubelet-client-key=${admin.key}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--service-account-key-file=${tokens.publicKey}`,
    `--service-account-signing-key-file=${tokens.privateKey}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    // Watches are ended in good order when it stops, instead of being waited for.
    '--shutdown-watch-termination-grace-period=1s',
    `--audit-policy-file=${auditPolicy}`,
    `--audit-log-path=${auditLog}`,
  ]
}

/** Who did what, for tests of RBAC: of Pods alone. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', userGroups: ['system:masters', 'system:serviceaccounts:kube-system'] },
    { level: 'None', users: ['system:kube-controller-manager', 'system:apiserver', 'system:anonymous'] },
    { level: 'Metadata' },
  ],
}

export interface ControllerManagerArgs {
  readonly certificates: Certificates
  readonly kubeconfig: string
}

export function controllerManagerArgs({ certificates, kubeconfig }: ControllerManagerArgs): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${certificates.tokens.privateKey}`,
    `--root-ca-file=${certificates.authority.ca.cert}`,
    '--use-service-account-credentials',
    '--leader-elect=false',
    // Over the defaults, so that tests wait for the control plane's decisions and not for its manners.
    '--kube-api-qps=200',
    '--kube-api-burst=400',
    `--node-monitor-grace-period=${NODE_GRACE}`,
    '--bind-address=127.0.0.1',
  ]
}
