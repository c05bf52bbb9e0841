/** A RateLimitPolicy `fair` for the host that `serveBy` serves, with one limit. */

/** @param limit the fields of the limit `all`, as YAML writes them in one line. */
export function fairPolicy(limit: string): string {
  return `
apiVersion: sluice.dev/v1alpha1
kind: RateLimitPolicy
metadata: { name: fair, namespace: app }
spec:
  targetRefs:
    - { group: networking.k8s.io, kind: Ingress, name: app }
  limits:
    - { name: all, ${limit} }
`
}
