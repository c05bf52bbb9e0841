/**
 * The `spec` of an object of our own, leaf by leaf: one bad value takes nothing from the others. That the API server
 * checked them already is no reason to believe them: the definition in the cluster may be older or newer than we are.
 */
import { found, type Leaves, type Members, readLeaves } from '../../../lib/schema.ts'
import { type Complaint, isObject, Place, type Shape } from '../../../lib/shape.ts'

export interface Declared<V> {
  /** What was said and is good, by path inside of `spec`. */
  readonly values: Partial<V>
  /** What is wrong; fields as in `spec.timeouts.connect`. */
  readonly faults: readonly Complaint[]
}

/** A `spec` that is no object at all is the only thing that makes the object unreadable. */
export function declared<M extends Members>(members: M): Shape<Declared<Leaves<M>>> {
  return {
    read: (value, at) => {
      if (!isObject(value)) return at.complain(`expected an object, ${found(value)}`)
      const faults: Complaint[] = []
      const values = readLeaves(members, value, new Place(at.field, faults, 'complain'))
      return { values, faults }
    },
  }
}
