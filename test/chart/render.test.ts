/** What holds for all that the chart renders, whatever the values are. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCommandLine } from '../../src/cli/command-line.ts'
import { duration, parseText } from '../../src/lib/schema.ts'
import { lint, NAMESPACE, type Rendered, render } from './helm.ts'
import { MATRIX, MATRIX_WITH_CRDS } from './matrix.ts'
import { type Labels, ofKind, option, selects, workload } from './objects.ts'

interface Service extends Rendered {
  readonly spec: { readonly selector: Labels; readonly ports: readonly { readonly targetPort: string }[] }
}

interface Selector {
  readonly matchLabels: Labels
}

/** Seconds of an option of time. */
function seconds(text = ''): number {
  const parsed = parseText(duration(), text)
  assert.ok(parsed.ok, text)
  return parsed.value / 1000
}

const CLUSTER_WIDE =
  /^(?:ClusterRole|ClusterRoleBinding|IngressClass|SluiceConfig|CustomResourceDefinition|Validating.*)$/

for (const { name, values } of [...MATRIX, ...MATRIX_WITH_CRDS]) {
  let once: Promise<readonly Rendered[]> | undefined
  const rendered = () => {
    once ??= render(values)
    return once
  }

  test(`${name}: helm lint finds nothing`, async () => {
    assert.equal(await lint(values), '')
  })

  test(`${name}: objects are told apart, labelled, and where they belong`, async () => {
    const objects = await rendered()
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`)
    assert.deepEqual([...new Set(names)], names)
    for (const { apiVersion, kind, metadata } of objects) {
      assert.match(apiVersion, /^(?:.*\/)?v[12]$|^sluice\.dev\/v1alpha1$/, `${kind}: a stable version`)
      assert.equal(metadata.namespace === undefined, CLUSTER_WIDE.test(kind), `${kind}: namespace`)
      assert.equal(metadata.labels?.['app.kubernetes.io/instance'], 'sluice', `${kind} ${metadata.name}`)
    }
  })

  test(`${name}: Sluice takes its options`, async () => {
    const { args, env } = workload(await rendered()).spec.template.spec.containers[0]
    const variables = Object.fromEntries(env.map((each) => [each.name, each.value ?? 'pod-1']))
    const invocation = readCommandLine(args, variables, '0.0.0')
    assert.equal(invocation.kind, 'controller', JSON.stringify(invocation))
  })

  test(`${name}: Pods have no right on their node, and time to end`, async () => {
    const object = workload(await rendered())
    const { spec } = object.spec.template
    const [container] = spec.containers
    const { runAsNonRoot, seccompProfile } = spec.securityContext
    assert.deepEqual([runAsNonRoot, seccompProfile], [true, { type: 'RuntimeDefault' }])
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    const draining = seconds(option(object, 'drain-delay')) + seconds(option(object, 'drain-timeout'))
    assert.ok(spec.terminationGracePeriodSeconds >= draining)
    assert.deepEqual([spec.enableServiceLinks, spec.automountServiceAccountToken], [false, true])
    for (const { name: port, containerPort } of container.ports.filter((each) => !/^\d/.test(each.name))) {
      assert.equal(option(object, `${port}-port`), String(containerPort))
    }
  })

  test(`${name}: whatever selects Pods selects these, by ports that they have`, async () => {
    const objects = await rendered()
    const { spec } = workload(objects)
    const { labels } = spec.template.metadata
    const ports = spec.template.spec.containers[0].ports.map((port) => port.name)
    assert.ok(selects(spec.selector.matchLabels, labels))
    for (const service of ofKind<Service>(objects, 'Service')) {
      assert.ok(selects(service.spec.selector, labels))
      assert.ok(
        service.spec.ports.length > 0 && service.spec.ports.every(({ targetPort }) => ports.includes(targetPort)),
      )
    }
    const selectors = [...ofKind(objects, 'PodDisruptionBudget'), ...ofKind(objects, 'NetworkPolicy')].map(
      (object) => object.spec as { readonly selector?: Selector; readonly podSelector?: Selector },
    )
    for (const { selector, podSelector } of selectors) {
      assert.ok(selects((selector ?? podSelector)!.matchLabels, labels))
    }
  })

  test(`${name}: the Service that is published, the account and the class are those of the release`, async () => {
    const objects = await rendered()
    const object = workload(objects)
    const has = (kind: string, objectName: string) =>
      ofKind(objects, kind).some(({ metadata }) => metadata.name === objectName)
    const published = option(object, 'publish-service')?.split('/')
    if (published?.[0] === NAMESPACE) assert.ok(has('Service', published[1]!))
    const account = object.spec.template.spec.serviceAccountName
    for (const { subjects } of [...ofKind(objects, 'RoleBinding'), ...ofKind(objects, 'ClusterRoleBinding')]) {
      assert.deepEqual(subjects, [{ kind: 'ServiceAccount', name: account, namespace: NAMESPACE }])
    }
    for (const { metadata, spec } of ofKind(objects, 'IngressClass')) {
      assert.equal(metadata.name, option(object, 'ingress-class'))
      assert.equal((spec as { readonly controller: string }).controller, option(object, 'controller-class'))
    }
  })
}
