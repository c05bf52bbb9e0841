/** The definition of one of our kinds, as `apiextensions.k8s.io/v1` takes it. */
import { OWN_GROUP, OWN_VERSION, plainKind } from '../../src/controller/api/kubernetes/kinds.ts'
import type { OwnKindRow } from '../../src/controller/api/own-kinds.ts'
import { object } from '../../src/lib/schema.ts'

/** `routepolicies.sluice.dev`. */
export function crdName({ plural }: OwnKindRow): string {
  return `${plural}.${OWN_GROUP}`
}

export function crd(row: OwnKindRow): object {
  const kind = plainKind(row.kind)
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: crdName(row) },
    spec: {
      group: OWN_GROUP,
      names: {
        kind,
        listKind: `${kind}List`,
        plural: row.plural,
        singular: kind.toLowerCase(),
        shortNames: row.shortNames,
        categories: ['sluice'],
      },
      scope: row.namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        {
          name: OWN_VERSION.slice(OWN_GROUP.length + 1),
          served: true,
          storage: true,
          additionalPrinterColumns: columns(row),
          subresources: { status: {} },
          schema: { openAPIV3Schema: schema(row) },
        },
      ],
    },
  }
}

function schema({ doc, spec, rules = [], status = {} }: OwnKindRow): object {
  const text = (description: string) => ({ description, type: 'string' })
  return {
    description: doc,
    type: 'object',
    required: ['spec'],
    properties: {
      apiVersion: text('Version of this schema.'),
      kind: text('Kind of this object.'),
      metadata: { type: 'object' },
      spec: { description: 'What is asked for.', ...object(spec, rules).openApi },
      status: { ...STATUS, properties: { ...object(status).openApi.properties, ...STATUS.properties } },
    },
  }
}

/** As `metav1.Condition` has them. */
const STATUS = {
  description: 'What became of it.',
  type: 'object',
  properties: {
    conditions: {
      description: 'Accepted: whether all of it could be used. Programmed: whether every worker has it.',
      type: 'array',
      maxItems: 16,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: {
        type: 'object',
        required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
        properties: {
          type: { description: 'What it is about.', type: 'string', maxLength: 316 },
          status: { description: 'Whether it is so.', type: 'string', enum: ['True', 'False', 'Unknown'] },
          reason: { description: 'Why, in one word.', type: 'string', minLength: 1, maxLength: 1024 },
          message: { description: 'Why, in words.', type: 'string', maxLength: 32_768 },
          lastTransitionTime: { description: 'Since when.', type: 'string', format: 'date-time' },
          observedGeneration: {
            description: 'The metadata.generation that this is about.',
            type: 'integer',
            format: 'int64',
            minimum: 0,
          },
        },
      },
    },
  },
}

function columns({ spec, columns: own = [] }: OwnKindRow): readonly object[] {
  const condition = (type: string) => ({
    name: type,
    type: 'string',
    jsonPath: `.status.conditions[?(@.type=="${type}")].status`,
  })
  const targets = { name: 'Targets', type: 'string', jsonPath: '.spec.targetRefs[*].name' }
  const age = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }
  const ofStatus = own.map(({ title, field, type }) => ({ name: title, type, jsonPath: `.status.${field}` }))
  return [...('targetRefs' in spec ? [targets] : []), ...ofStatus, condition('Accepted'), condition('Programmed'), age]
}
