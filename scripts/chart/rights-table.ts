/** The table of rights in the installation manual: what the chart grants, where, and what for. */
import type { Grants, Rule } from './rbac.ts'
import { table } from './section.ts'

const WHERE: Readonly<Record<keyof Grants, string>> = {
  cluster: 'in the cluster',
  namespaced: 'where Ingresses are',
  secrets: 'where Ingresses are, with `rbac.readSecrets`',
  watchedSecrets: 'in `controller.secretNamespaces`',
  own: 'in the namespace of the release, this one by name but for `create`',
  published: 'this one by name, where `controller.scope.namespaces` leaves its namespace out',
  namedConfigMaps: 'in the namespace of the release, those two by name, where `tcp` or `udp` has any',
  ownPods: 'in the namespace of the release, where nodes are published and `controller.scope.namespaces` leaves it out',
  clusterEvents: 'in `default`, where `controller.scope.namespaces` leaves it out: about objects of the cluster',
}

export function rightsTable(grants: Grants): string {
  const places = Object.keys(WHERE) as (keyof Grants)[]
  const rows = places.flatMap((place) => grants[place].map((rule) => row(rule, WHERE[place])))
  return table([['what', 'verbs', 'where', 'what for'], ...rows])
}

function row({ apiGroups: [group = ''], resources, verbs, why }: Rule, where: string): readonly string[] {
  const names = resources.map((resource) => `\`${resource}${group === '' ? '' : ` (${group})`}\``)
  return [names.join(', '), verbs.join(', '), where, why]
}
