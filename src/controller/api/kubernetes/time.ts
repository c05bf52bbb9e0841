/** Points in time as Kubernetes writes them: RFC 3339, in UTC. @param wall milliseconds since the epoch, in both. */

/** `metav1.Time`, which has no fractions of a second. */
export function secondsTime(wall: number): string {
  return new Date(wall).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** `metav1.MicroTime`: six digits of a second. */
export function microTime(wall: number): string {
  return new Date(wall).toISOString().replace('Z', '000Z')
}
