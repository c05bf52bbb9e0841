/**
 * Fields of tables, made once for all connections of a thread: most clients send the same few dozen lines. That saves
 * the memory of a copy in each table, and what many connections use stays in the processor's caches.
 */
import { markFields } from '../../field-names.ts'
import { KIND, type NameClass } from '../field-kind.ts'
import { Field } from './field.ts'

/** Longer lines are hardly ever the same. */
const LONGEST = 256
/** Fields that are found again; what was not asked for while as many others came is forgotten. */
const KEPT = 1024
/** Not to be kept beyond the connection that brought it. */
const SECRET = markFields('authorization', 'proxy-authorization', 'cookie', 'set-cookie')

let recent = new Map<string, Field>()
let older = new Map<string, Field>()

/** See `Field`. Of what is well-formed the rest follows from the line; a malformed name could look like another field. */
export function sharedField(line: string, nameLength: number, nameClass: NameClass, fieldClass: NameClass): Field {
  const isMalformed = (fieldClass & 15) === KIND.malformed
  if (isMalformed || line.length > LONGEST || SECRET[nameClass >>> 4] === 1) {
    return new Field(line, nameLength, nameClass, fieldClass)
  }
  const known = recent.get(line)
  if (known !== undefined) return known
  const field = older.get(line) ?? new Field(line, nameLength, nameClass, fieldClass)
  recent.set(line, field)
  if (recent.size >= KEPT) {
    older = recent
    recent = new Map()
  }
  return field
}
