/**
 * A bad value of a SluiceConfig keeps what it was when it was good: nobody wants a typo to lift a limit of the whole
 * proxy. What stays is put into the object itself, as an input like any other, so that translation stays pure.
 */
import { concerns, leavesOf } from '../../../lib/schema.ts'
import { CONFIG_SPEC, type ConfigPath, type SluiceConfig } from '../sluice-config.ts'

const PATHS = leavesOf(CONFIG_SPEC).map(({ path }) => path as ConfigPath)

/** @param before the object as it was in force until now, with what it kept itself. */
export function keepLastGood(now: SluiceConfig, before: SluiceConfig | undefined): SluiceConfig {
  if (before === undefined || now.spec.faults.length === 0) return now
  const known = before.spec.values
  const bad = now.spec.faults.map(({ field }) => field.replace(/^spec\./, ''))
  const kept = PATHS.filter((path) => Object.hasOwn(known, path) && bad.some((each) => concerns(each, path)))
  if (kept.length === 0) return now
  const values = { ...now.spec.values, ...Object.fromEntries(kept.map((path) => [path, known[path]])) }
  return { ...now, spec: { ...now.spec, values }, kept }
}
