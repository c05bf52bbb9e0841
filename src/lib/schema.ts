/**
 * The vocabulary of options. One definition of a field gives its TypeScript type, its parser for JSON, its OpenAPI
 * schema and, where one line of text can hold it, a parser for that: custom resources, annotations, flags and
 * environment share one wording of complaints and cannot disagree on what is valid.
 */
export * from './schema/bytes.ts'
export * from './schema/checked.ts'
export * from './schema/duration.ts'
export * from './schema/field.ts'
export * from './schema/leaves.ts'
export * from './schema/line.ts'
export * from './schema/list.ts'
export * from './schema/object.ts'
export * from './schema/scalars.ts'
