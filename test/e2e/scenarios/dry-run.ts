/** Everything that the chart renders, over all sets of values, is taken by the API server without a word. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NAMESPACE, type Rendered, render } from '../../chart/helm.ts'
import { MATRIX, MATRIX_NAMESPACES, MATRIX_WITH_CRDS } from '../../chart/matrix.ts'
import { ApiError, type KubeObject } from '../harness/api-client.ts'
import { until } from '../harness/until.ts'
import { collectionOf, pathOf } from './objects.ts'
import type { Stage } from './stage.ts'

const STRICTLY = 'fieldManager=e2e-dry-run&force=true&dryRun=All&fieldValidation=Strict'
/** Of the operator that owns it, as much as the chart makes use of: fields that are not here are refused. */
const SERVICE_MONITORS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'servicemonitors.monitoring.coreos.com' },
  spec: {
    group: 'monitoring.coreos.com',
    names: { kind: 'ServiceMonitor', plural: 'servicemonitors' },
    scope: 'Namespaced',
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: serviceMonitorSchema() } }],
  },
} as KubeObject

function serviceMonitorSchema(): object {
  const text = { type: 'string' }
  const texts = { type: 'array', items: text }
  const object = (properties: object, required: readonly string[] = []) => ({ type: 'object', properties, required })
  const list = (items: object) => ({ type: 'array', items })
  const relabeling = object({ action: text, regex: text, sourceLabels: texts, targetLabel: text, replacement: text })
  const endpoint = object({
    port: text,
    path: text,
    interval: text,
    honorLabels: { type: 'boolean' },
    relabelings: list(relabeling),
    metricRelabelings: list(relabeling),
  })
  const selector = object({ matchLabels: { type: 'object', additionalProperties: text } })
  const names = object({ matchNames: texts })
  const spec = object({ endpoints: list(endpoint), selector, namespaceSelector: names, jobLabel: text }, [
    'selector',
    'endpoints',
  ])
  return object({ spec }, ['spec'])
}

export function dryRun(stage: () => Stage): void {
  test('what the chart renders is taken, field by field, whatever the values are', async () => {
    await stage().put(SERVICE_MONITORS)
    for (const name of [NAMESPACE, ...MATRIX_NAMESPACES]) {
      await stage().put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    }
    const monitors = collectionOf({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'ServiceMonitor',
      metadata: { name: '' },
    })
    await until({ what: 'ServiceMonitors to be known' }, () => stage().client.list(monitors))
    const refused: string[] = []
    for (const { name, values } of [...MATRIX, ...MATRIX_WITH_CRDS]) {
      for (const object of await render(values)) {
        const complaint = await complaintAbout(stage(), object)
        if (complaint !== undefined) refused.push(`${name}: ${object.kind} ${object.metadata.name}: ${complaint}`)
      }
    }
    assert.deepEqual(refused, [])
  })

  test('a field that does not exist would be refused', async () => {
    const [service] = (await render({})).filter(({ kind }) => kind === 'Service')
    const wrong = { ...service!, spec: { ...(service!.spec as object), typ: 'LoadBalancer' } }
    assert.match((await complaintAbout(stage(), wrong)) ?? '', /typ/)
  })
}

async function complaintAbout(stage: Stage, object: Rendered): Promise<string | undefined> {
  try {
    await stage.client.patch(`${pathOf(object)}?${STRICTLY}`, object, 'apply')
    return undefined
  } catch (error) {
    if (error instanceof ApiError) return error.message
    throw error
  }
}
