/** By the audit log of the API server: the chart grants what is used, all of it, and nothing else is asked for. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { render } from '../../chart/helm.ts'
import { ofKind, rights } from '../../chart/objects.ts'
import type { Stage } from './stage.ts'

interface AuditLine {
  readonly verb: string
  readonly user: { readonly username: string }
  readonly objectRef?: {
    readonly apiGroup?: string
    readonly resource: string
    readonly subresource?: string
    readonly namespace?: string
    readonly name?: string
  }
  readonly responseStatus?: { readonly code: number }
}

/** What only happens when the same Event comes again after half an hour. */
const TOO_SLOW_FOR_A_TEST = ['patch events.k8s.io/events']
const ACCOUNT = 'system:serviceaccount:sluice:sluice'

/** To be called last: it looks at what all scenarios have led to. */
export function rightsInUse(stage: () => Stage): void {
  const asked = () => {
    const lines = readFileSync(stage().cluster.controlPlane.auditLog, 'utf8').trim().split('\n')
    return lines.map((line) => JSON.parse(line) as AuditLine).filter(({ user }) => user.username === ACCOUNT)
  }

  test('nothing that Sluice asks for is forbidden to it', () => {
    const isRefused = ({ responseStatus }: AuditLine) => [401, 403].includes(responseStatus?.code ?? 0)
    // An API server that has just started does not know all rules yet, and forbids what it allows a moment later.
    const allowed = new Set(
      asked()
        .filter((line) => !isRefused(line))
        .flatMap(usesOf),
    )
    assert.deepEqual(
      [...new Set(asked().filter(isRefused).flatMap(usesOf))].filter((use) => !allowed.has(use)),
      [],
    )
  })

  test('every right that the chart grants is used', async () => {
    const used = new Set(asked().flatMap(usesOf))
    const objects = await render({})
    const granted = [...ofKind(objects, 'ClusterRole'), ...ofKind(objects, 'Role')].flatMap(rights)
    const idle = granted.map((right) => right.replace(/\[.*\]$/, '')).filter((right) => !used.has(right))
    assert.deepEqual(
      idle.filter((right) => !TOO_SLOW_FOR_A_TEST.includes(right)),
      [],
    )
  })
}

/** As `rights` spells it: `patch networking.k8s.io/ingresses/status`. */
function usesOf({ verb, objectRef }: AuditLine): string[] {
  if (objectRef === undefined) return []
  const { apiGroup = '', resource, subresource } = objectRef
  return [`${verb} ${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`]
}
