/**
 * A ValidatingAdmissionPolicy for our annotations on Ingresses, from the table of annotations: what the API server can
 * tell an author at once, in CEL, without a webhook. Our own kinds need none: their definitions say it all.
 */
import { SLUICE_ANNOTATIONS, SLUICE_PREFIX } from '../../src/controller/api/annotations/sluice.ts'
import { INGRESS_OPTIONS } from '../../src/controller/api/route-policy.ts'
import { celText, type LineField, leavesOf } from '../../src/lib/schema.ts'

const NAME = 'sluice-annotations'
const API = 'admissionregistration.k8s.io/v1'
const FIELDS = new Map(leavesOf(INGRESS_OPTIONS).map(({ path, field }) => [path, field as LineField<unknown>]))

/** The policy and its binding. */
export function admissionPolicy(): readonly object[] {
  const names = Object.keys(SLUICE_ANNOTATIONS).map((name) => SLUICE_PREFIX + name)
  const known = names.map(celText).join(', ')
  const isOurs = `name.startsWith(${celText(SLUICE_PREFIX)})`
  const policy = {
    // An API server that cannot judge must not keep anybody from working: the controller tells the same later.
    failurePolicy: 'Ignore',
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: ['networking.k8s.io'],
          apiVersions: ['v1'],
          operations: ['CREATE', 'UPDATE'],
          resources: ['ingresses'],
        },
      ],
    },
    matchConditions: [
      {
        name: 'has-our-annotations',
        expression: `has(object.metadata.annotations) && object.metadata.annotations.exists(name, ${isOurs})`,
      },
    ],
    variables: [
      { name: 'annotations', expression: 'object.metadata.annotations' },
      { name: 'unknown', expression: `variables.annotations.filter(name, ${isOurs} && !(name in [${known}]))` },
    ],
    validations: [unknownNames(names), ...Object.entries(SLUICE_ANNOTATIONS).map(([name, path]) => value(name, path))],
  }
  return [
    { apiVersion: API, kind: 'ValidatingAdmissionPolicy', metadata: { name: NAME }, spec: policy },
    {
      apiVersion: API,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: NAME },
      spec: { policyName: NAME, validationActions: ['Warn', 'Audit'] },
    },
  ]
}

function unknownNames(names: readonly string[]): object {
  return {
    expression: 'size(variables.unknown) == 0',
    messageExpression: `'there is no annotation ' + variables.unknown.join(', ') + ${celText(`; there are ${names.join(', ')}`)}`,
    reason: 'Invalid',
  }
}

function value(name: string, path: string): object {
  const key = celText(SLUICE_PREFIX + name)
  const { expected, textRule } = FIELDS.get(path)!
  const text = `variables.annotations[${key}]`
  return {
    expression: `!(${key} in variables.annotations) || (${textRule(text)})`,
    messageExpression: `${celText(`metadata.annotations["${SLUICE_PREFIX}${name}"]: expected ${expected}, not "`)} + ${text} + '"'`,
    reason: 'Invalid',
  }
}
