/** Values that cannot be meant are refused, with the value's name and what was expected. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { template, type Values } from './helm.ts'

const controller = (values: Values): Values => ({ controller: values })

const REFUSALS: readonly (readonly [name: string, values: Values, words: RegExp])[] = [
  ['an unknown value', controller({ replicas: 3 }), /\/controller.*additional properties 'replicas' not allowed/],
  ['another kind', controller({ kind: 'StatefulSet' }), /\/controller\/kind.*must be one of/],
  [
    'a number that is none',
    controller({ replicaCount: 'two' }),
    /\/controller\/replicaCount.*got string, want integer/,
  ],
  [
    'a port that is none',
    controller({ containerPort: { http: 80_000 } }),
    /\/controller\/containerPort\/http.*maximum/,
  ],
  ['a level that is none', controller({ logLevel: 'trace' }), /\/controller\/logLevel.*must be one of/],
  [
    'more time to drain than there is',
    controller({ drain: { timeoutSeconds: 90_000 } }),
    /\/controller\/drain\/timeoutSeconds.*maximum/,
  ],
  ['a digest that is none', controller({ image: { digest: 'abc' } }), /\/controller\/image\/digest.*pattern/],
  [
    'admission that warns and refuses',
    { validatingAdmissionPolicy: { validationActions: ['Warn', 'Deny'] } },
    /\/validatingAdmissionPolicy\/validationActions/,
  ],
  [
    'an option that the chart sets',
    controller({ extraArgs: { 'http-port': 80 } }),
    /controller\.extraArgs\.http-port: the chart sets this option/,
  ],
  [
    'a TCP service on a port of our own',
    { tcp: { 8080: 'shop/app:http' } },
    /tcp\.8080: Sluice listens on this port itself/,
  ],
  ['a TCP service on a port that is none', { tcp: { http: 'shop/app:http' } }, /invalid propertyName 'http'/],
  [
    'less time to end than draining takes',
    controller({ terminationGracePeriodSeconds: 30 }),
    /controller\.terminationGracePeriodSeconds: expected at least 250, .* not 30/,
  ],
  [
    'two budgets',
    controller({ minAvailable: 1 }),
    /controller\.minAvailable: expected controller\.maxUnavailable to be null/,
  ],
  [
    'no budget',
    controller({ maxUnavailable: null }),
    /controller\.maxUnavailable: expected this or controller\.minAvailable/,
  ],
  [
    'a DaemonSet that is scaled',
    controller({ kind: 'DaemonSet', autoscaling: { enabled: true } }),
    /controller\.autoscaling\.enabled: expected controller\.kind Deployment/,
  ],
  [
    'fewer at most than at least',
    controller({ autoscaling: { enabled: true, minReplicas: 5, maxReplicas: 3 } }),
    /controller\.autoscaling\.maxReplicas: expected at least minReplicas, 5, not 3/,
  ],
  [
    'nothing to scale by',
    controller({ autoscaling: { enabled: true, targetCPUUtilizationPercentage: null } }),
    /controller\.autoscaling: expected targetCPUUtilizationPercentage/,
  ],
  [
    'a Service without ports',
    controller({ service: { enableHttp: false, enableHttps: false } }),
    /controller\.service: expected enableHttp, enableHttps or both/,
  ],
  [
    'a monitor of nothing',
    controller({ metrics: { serviceMonitor: { enabled: true } } }),
    /controller\.metrics\.serviceMonitor\.enabled: expected controller\.metrics\.enabled/,
  ],
  [
    'two configurations',
    controller({ config: { logs: { access: false } }, ingressClassResource: { parameters: { name: 'x' } } }),
    /controller\.ingressClassResource\.parameters: expected these or controller\.config, not both/,
  ],
  [
    'a configuration that nothing leads to',
    controller({ config: { logs: { access: false } }, ingressClassResource: { enabled: false } }),
    /controller\.config: expected controller\.ingressClassResource\.enabled/,
  ],
  [
    'an account without a name',
    { serviceAccount: { create: false } },
    /serviceAccount\.name: expected the name of a ServiceAccount/,
  ],
]

for (const [name, values, words] of REFUSALS) {
  test(`${name} is refused`, async () => {
    await assert.rejects(template(values), (error: Error) => {
      assert.match(error.message, words)
      return true
    })
  })
}
