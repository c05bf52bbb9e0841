/** docs/annotations.md, from the tables of annotations. */
import { SERVICE_ANNOTATIONS } from '../../src/controller/api/annotations/service.ts'
import { SLUICE_ANNOTATIONS, SLUICE_PREFIX } from '../../src/controller/api/annotations/sluice.ts'
import { DEFAULT_AFFINITY } from '../../src/controller/api/backend-policy.ts'
import { DEFAULT_HOST_VALUES } from '../../src/controller/api/host-options.ts'
import { DEFAULT_ROUTE_VALUES, INGRESS_OPTIONS } from '../../src/controller/api/route-policy.ts'
import { DEFAULT_CONFIG } from '../../src/controller/api/sluice-config.ts'
import { type LineField, leavesOf } from '../../src/lib/schema.ts'
import { code, GENERATED, table } from './table.ts'

const DEFAULTS = { ...DEFAULT_ROUTE_VALUES, ...DEFAULT_HOST_VALUES }
const LEAVES = new Map(leavesOf(INGRESS_OPTIONS).map((leaf) => [leaf.path, leaf]))

/** What holds for a Service of which nothing is said, by path; what depends on the Service is not there. */
const BACKEND_DEFAULTS: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(
    Object.entries(DEFAULT_CONFIG).map(([path, value]) => [path.replace(/^backendDefaults\./, ''), value]),
  ),
  ...DEFAULT_AFFINITY,
  'timeouts.connect': DEFAULT_ROUTE_VALUES['timeouts.connect'],
  'timeouts.response': DEFAULT_ROUTE_VALUES['timeouts.response'],
}

export function annotationsPage(): string {
  return `${GENERATED}
# Annotations

An annotation says for one object what a policy says for several: it is a second spelling of the same option, and the
strongest source of its value ([configuration.md](configuration.md) has the others, and \`/debug/routes\` which one
it was). A bad value and a misspelt name get an Event on the object, and the next weaker source applies. Where the chart
installs its ValidatingAdmissionPolicies, the API server tells the same on \`kubectl apply\`.

## Of an Ingress

${table(['annotation', 'option of a RoutePolicy', 'value', 'default', 'meaning'], ingressRows())}

Annotations of ingress-nginx are not served yet; an Ingress that has some gets a warning that lists them.

## Of a Service

They hold for all ports of the Service, whichever Ingress leads there: what two Ingresses say of one Service could
contradict each other.

${table(['annotation', 'option of a BackendPolicy', 'value', 'default', 'meaning'], serviceRows())}
`
}

function ingressRows(): string[][] {
  return Object.entries(SLUICE_ANNOTATIONS).map(([name, path]) => {
    const { field, doc } = LEAVES.get(path)!
    const { expected, show } = field as LineField<unknown>
    return [code(SLUICE_PREFIX + name), code(path), expected, code(show(DEFAULTS[path])), doc]
  })
}

function serviceRows(): string[][] {
  return Object.entries(SERVICE_ANNOTATIONS).map(([name, { path, field, doc }]) => {
    const { expected, show } = field
    const otherwise = Object.hasOwn(BACKEND_DEFAULTS, path) ? code(show(BACKEND_DEFAULTS[path])) : ''
    return [code(SLUICE_PREFIX + name), code(path), expected, otherwise, doc]
  })
}
