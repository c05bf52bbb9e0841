/** docs/annotations.md, from the table of annotations. */
import { SLUICE_ANNOTATIONS, SLUICE_PREFIX } from '../../src/controller/api/annotations/sluice.ts'
import { DEFAULT_HOST_VALUES } from '../../src/controller/api/host-options.ts'
import { DEFAULT_ROUTE_VALUES, INGRESS_OPTIONS } from '../../src/controller/api/route-policy.ts'
import { type LineField, leavesOf } from '../../src/lib/schema.ts'
import { code, GENERATED, table } from './table.ts'

const DEFAULTS = { ...DEFAULT_ROUTE_VALUES, ...DEFAULT_HOST_VALUES }
const LEAVES = new Map(leavesOf(INGRESS_OPTIONS).map((leaf) => [leaf.path, leaf]))

export function annotationsPage(): string {
  const rows = Object.entries(SLUICE_ANNOTATIONS).map(([name, path]) => {
    const { field, doc } = LEAVES.get(path)!
    const { expected, show } = field as LineField<unknown>
    return [code(SLUICE_PREFIX + name), code(path), expected, code(show(DEFAULTS[path])), doc]
  })
  return `${GENERATED}
# Annotations of an Ingress

An annotation says for one Ingress what a RoutePolicy says for several: it is a second spelling of the same option, and
the strongest source of its value ([configuration.md](configuration.md) has the others). A bad value and a misspelt
name get an Event on the Ingress, and the next weaker source applies.

${table(['annotation', 'option of a RoutePolicy', 'value', 'default', 'meaning'], rows)}

Where the chart installs its ValidatingAdmissionPolicy, the API server tells the same on \`kubectl apply\`.
Annotations of ingress-nginx are not served yet; an Ingress that has some gets a warning that lists them.
`
}
