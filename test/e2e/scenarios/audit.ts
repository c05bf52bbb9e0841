/** What an installation has asked of the API server, by its audit log. */
import { readFileSync } from 'node:fs'
import type { Stage } from './stage.ts'

export interface AuditLine {
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

/** @param account `namespace:name` of its ServiceAccount. */
export function askedBy(stage: Stage, account: string): readonly AuditLine[] {
  const lines = readFileSync(stage.cluster.controlPlane.auditLog, 'utf8').trim().split('\n')
  const username = `system:serviceaccount:${account}`
  return lines.map((line) => JSON.parse(line) as AuditLine).filter(({ user }) => user.username === username)
}

/**
 * What was refused and never allowed. An API server that has just started does not know all rules yet, and forbids what
 * it allows a moment later.
 */
export function refused(lines: readonly AuditLine[]): readonly string[] {
  const isRefused = ({ responseStatus }: AuditLine) => [401, 403].includes(responseStatus?.code ?? 0)
  const allowed = new Set(lines.filter((line) => !isRefused(line)).flatMap(usesOf))
  return [...new Set(lines.filter(isRefused).flatMap(usesOf))].filter((use) => !allowed.has(use))
}

/** As `rights` of the chart's tests spells it: `patch networking.k8s.io/ingresses/status`. */
export function usesOf({ verb, objectRef }: AuditLine): string[] {
  if (objectRef === undefined) return []
  const { apiGroup = '', resource, subresource } = objectRef
  return [`${verb} ${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`]
}
