/**
 * ValidatingAdmissionPolicies for our annotations, from the tables of annotations: what the API server can tell an
 * author at once, in CEL, without a webhook. Our own kinds need none: their definitions say it all.
 */
import { SERVICE_ANNOTATIONS } from '../../src/controller/api/annotations/service.ts'
import { SLUICE_ANNOTATIONS, SLUICE_PREFIX } from '../../src/controller/api/annotations/sluice.ts'
import { INGRESS_OPTIONS } from '../../src/controller/api/route-policy.ts'
import { celText, type LineField, leavesOf } from '../../src/lib/schema.ts'

const API = 'admissionregistration.k8s.io/v1'
const ROUTE_FIELDS = new Map(leavesOf(INGRESS_OPTIONS).map(({ path, field }) => [path, field as LineField<unknown>]))

interface Subject {
  /** Of policy and binding. */
  readonly name: string
  readonly apiGroup: string
  readonly resource: string
  readonly rows: readonly Row[]
}

/** The name of an annotation, and what its text has to be. */
type Row = readonly [name: string, field: LineField<unknown>]

const SUBJECTS: readonly Subject[] = [
  {
    name: 'sluice-annotations',
    apiGroup: 'networking.k8s.io',
    resource: 'ingresses',
    rows: Object.entries(SLUICE_ANNOTATIONS).map(([name, path]) => [name, ROUTE_FIELDS.get(path)!]),
  },
  {
    name: 'sluice-service-annotations',
    apiGroup: '',
    resource: 'services',
    rows: Object.entries(SERVICE_ANNOTATIONS).map(([name, { field }]) => [name, field]),
  },
]

/** Each policy and its binding. */
export function admissionPolicies(): readonly object[] {
  return SUBJECTS.flatMap((subject) => [
    { apiVersion: API, kind: 'ValidatingAdmissionPolicy', metadata: { name: subject.name }, spec: policy(subject) },
    {
      apiVersion: API,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: subject.name },
      spec: { policyName: subject.name, validationActions: ['Warn', 'Audit'] },
    },
  ])
}

function policy({ apiGroup, resource, rows }: Subject): object {
  const names = rows.map(([name]) => SLUICE_PREFIX + name)
  const known = names.map(celText).join(', ')
  const isOurs = `name.startsWith(${celText(SLUICE_PREFIX)})`
  return {
    // An API server that cannot judge must not keep anybody from working: the controller tells the same later.
    failurePolicy: 'Ignore',
    matchConstraints: {
      resourceRules: [
        { apiGroups: [apiGroup], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: [resource] },
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
    validations: [unknownNames(names), ...rows.map(value)],
  }
}

function unknownNames(names: readonly string[]): object {
  return {
    expression: 'size(variables.unknown) == 0',
    messageExpression: `'there is no annotation ' + variables.unknown.join(', ') + ${celText(`; there are ${names.join(', ')}`)}`,
    reason: 'Invalid',
  }
}

function value([name, { expected, textRule }]: Row): object {
  const key = celText(SLUICE_PREFIX + name)
  const text = `variables.annotations[${key}]`
  return {
    expression: `!(${key} in variables.annotations) || (${textRule(text)})`,
    messageExpression: `${celText(`metadata.annotations["${SLUICE_PREFIX}${name}"]: expected ${expected}, not "`)} + ${text} + '"'`,
    reason: 'Invalid',
  }
}
