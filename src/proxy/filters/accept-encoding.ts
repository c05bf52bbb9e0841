/** Which content coding a client would have (RFC 9110 section 12.5.3). */
import type { Coding } from '../../model/compression.ts'

const ITEM = /^[ \t]*([\w!#$%&'*+.^`|~-]+)[ \t]*(?:;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*)?$/i
/** RFC 9110 section 8.4.1.3. */
const ALIASES: Readonly<Record<string, string>> = { 'x-gzip': 'gzip' }

/**
 * The coding with the highest weight; of equals the first of ours. `undefined` to leave the answer as it is: where the
 * client says nothing, or would rather have it so. What cannot be read counts as not said.
 */
export function chooseCoding(lines: readonly string[], ours: readonly Coding[]): Coding | undefined {
  if (lines.length === 0) return undefined
  const weights = weightsOf(lines)
  const others = weights.get('*')
  const weigh = (coding: string): number => weights.get(coding) ?? others ?? 0
  const best = ours.reduce<Coding | undefined>((best, coding) => {
    return weigh(coding) > (best === undefined ? 0 : weigh(best)) ? coding : best
  }, undefined)
  const asItIs = weights.get('identity')
  return best !== undefined && asItIs !== undefined && asItIs > weigh(best) ? undefined : best
}

function weightsOf(lines: readonly string[]): ReadonlyMap<string, number> {
  const weights = new Map<string, number>()
  for (const item of lines.flatMap((line) => line.split(','))) {
    const [, name, weight = '1'] = ITEM.exec(item) ?? []
    if (name === undefined) continue
    const lower = name.toLowerCase()
    weights.set(ALIASES[lower] ?? lower, Number(weight))
  }
  return weights
}
