/** What a value has to keep to beyond the form of its parts: said once in CEL, for the API server, and once for us. */
import type { CelRule, Field } from './field.ts'

export interface Check<T> extends CelRule {
  /** The same as the rule. */
  readonly holds: (value: T) => boolean
}

/** @returns the field with these checks, each with its own sentence of what was expected. */
export function checked<T>(field: Field<T>, ...checks: readonly Check<T>[]): Field<T> {
  const rules = checks.map(({ rule, message }) => ({ rule, message }))
  return {
    ...field,
    openApi: {
      ...field.openApi,
      'x-kubernetes-validations': [...(field.openApi['x-kubernetes-validations'] ?? []), ...rules],
    },
    read: (value, at) => {
      const read = field.read(value, at)
      const broken = read === undefined ? undefined : checks.find(({ holds }) => !holds(read))
      return broken === undefined ? read : at.complain(broken.message)
    },
  }
}
