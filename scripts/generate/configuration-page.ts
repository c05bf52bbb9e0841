/** docs/configuration.md, from the tables of our own kinds and of the options. */
import { type Flag, flagName } from '../../src/config/flag.ts'
import { FLAGS } from '../../src/config.ts'
import { OWN_VERSION, plainKind } from '../../src/controller/api/kubernetes/kinds.ts'
import { OWN_KINDS, type OwnKindRow } from '../../src/controller/api/own-kinds.ts'
import { CONFIG_KIND, DEFAULT_CONFIG } from '../../src/controller/api/sluice-config.ts'
import { type Leaf, type LineField, leavesOf } from '../../src/lib/schema.ts'
import { crdName } from './crd.ts'
import { code, GENERATED, table } from './table.ts'

const OPTIONS = new Map(
  Object.entries(FLAGS as Readonly<Record<string, Flag<unknown>>>).map(([key, { live }]) => [live, flagName(key)]),
)

export function configurationPage(): string {
  return `${GENERATED}${INTRODUCTION}
${OWN_KINDS.map(section).join('\n')}`
}

const INTRODUCTION = `
# Configuration

Every option has one definition and several places where it can be said. From the weakest to the strongest:

1. the default,
2. an option of the command line or its variable (\`sluice help controller\` lists them),
3. a \`SluiceConfig\`, for the IngressClass that names it,
4. a \`BackendPolicy\`, for a Service,
5. an annotation of the Service ([annotations.md](annotations.md)),
6. a \`RoutePolicy\`, for an Ingress,
7. an annotation of the Ingress.

All but the command line are live: they hold for the next request, limits of a connection for the next connection.
\`/debug/config\` and \`/debug/routes\` on the admin port show each value that holds together with where it came from.

## When something is wrong

A bad value harms itself alone. It is told by an Event and the condition \`Accepted\` of its object (in the log and at
\`/debug/problems\` too), with field, value and what was expected; then the next weaker source applies. In a SluiceConfig
it keeps what it was when it was last good, as long as the process lives: a typo must not lift a limit of everybody. A
field that does not exist has no effect and is told, with what may have been meant.

## Policies and their targets

A policy holds for the objects that its \`targetRefs\` name, in its own namespace. Of two policies for one object the
older holds, then the first by name; the other is told (\`Conflicted\`). A target that does not exist is told as well
(\`TargetNotFound\`); the policy holds as soon as it does exist. Policies for Ingresses that another controller serves are
left alone.

## SluiceConfig and its class

\`\`\`yaml
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata:
  name: sluice
spec:
  controller: sluice.dev/ingress-controller
  parameters:
    apiGroup: sluice.dev
    kind: SluiceConfig
    name: main
\`\`\`

\`routeDefaults\` hold for the routes of that class. Everything else is for the whole process: where several of our
classes name a SluiceConfig, that of the oldest class decides, and the others are told. A SluiceConfig that does not
exist is told on its class.
`

function section(row: OwnKindRow): string {
  const kind = plainKind(row.kind)
  const scope = row.namespaced ? 'in a namespace' : 'for the whole cluster'
  const isConfig = row.kind === CONFIG_KIND
  const columns = ['field of `spec`', 'value', 'meaning', ...(isConfig ? ['default', 'option'] : [])]
  const rows = leavesOf(row.spec).map((leaf) => [
    code(leaf.path),
    // In YAML a list is a list.
    leaf.field.expected.replace(/^a comma-separated list/, 'a list'),
    leaf.doc,
    ...(isConfig ? [code(defaultOf(leaf)), optionOf(leaf)] : []),
  ])
  return `## ${kind}

${row.doc} \`${OWN_VERSION}\`, ${scope}; \`kubectl get ${row.shortNames[0]}\`, definition in \`crds/${crdName(row)}.yaml\`.

${table(columns, rows)}
`
}

function defaultOf({ path, field }: Leaf): string {
  const values: Readonly<Record<string, unknown>> = DEFAULT_CONFIG
  return (field as LineField<unknown>).show(values[path]) || 'none'
}

function optionOf({ path }: Leaf): string {
  const option = [...OPTIONS].find(([live]) => live === path)
  return option === undefined ? '' : code(option[1])
}
