/**
 * Parts that many objects have in common, as the Pods of one template have their specification: read once, and held by
 * all of them. There may be tens of thousands, and what is read is never changed.
 */
import type { Place, Shape } from './shape.ts'

/** Parts that are found again; what was not met while as many others came is forgotten, and read anew. */
const KEPT = 1024
/** Longer ones are hardly ever the same. */
const LONGEST = 4096

/** The same as the shape, but for one thing: equal JSON gives the same value. */
export function alike<T>(shape: Shape<T>): Shape<T> {
  let recent = new Map<string, T>()
  let older = new Map<string, T>()
  const remember = (text: string, read: T): T => {
    recent.set(text, read)
    if (recent.size >= KEPT) {
      older = recent
      recent = new Map()
    }
    return read
  }
  const read = (value: unknown, at: Place): T | undefined => {
    const text = JSON.stringify(value)
    if (text === undefined || text.length > LONGEST) return shape.read(value, at)
    // What is complained about depends on it.
    const key = `${at.unknownFields} ${text}`
    const known = recent.get(key)
    if (known !== undefined) return known
    const again = older.get(key)
    if (again !== undefined) return remember(key, again)
    const before = at.complaints
    const fresh = shape.read(value, at)
    return fresh === undefined || at.complaints > before ? fresh : remember(key, fresh)
  }
  return { read }
}
