import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Inventory } from './inventory.ts'
import type { SourceBatch } from './source.ts'

/** A Service whose port tells versions apart. */
const web = (port: number | string, name = 'web') =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { ports: [{ port: ${port} }] }\n---\n`

/** Files by name; `null` is one that cannot be read. */
function update(inventory: Inventory, files: Readonly<Record<string, string | null>>): SourceBatch {
  const readings = Object.entries(files).map(([file, text]) =>
    text === null ? { file, failure: 'EACCES: permission denied' } : { file, text },
  )
  return inventory.update(readings)
}

/** `Service/default/web 80 from a.yaml` for what is new or changed, `-Service/default/web` for what is gone. */
function changes({ upserts, removals }: SourceBatch): string[] {
  const puts = upserts.map(({ ref, object }) => {
    const port = object.kind === 'Service' ? object.spec.ports[0]?.port : ''
    return `${ref} ${port} from ${object.file}`
  })
  return [...puts, ...removals.map((ref) => `-${ref}`)].sort()
}

const told = ({ problems }: SourceBatch) =>
  problems.map(({ at, reason, message }) => `${at.file} ${reason}: ${message}`).sort()

test('objects come, change and go with their files', () => {
  const inventory = new Inventory()
  assert.deepEqual(changes(update(inventory, { 'a.yaml': web(80) })), ['Service/default/web 80 from a.yaml'])
  assert.deepEqual(changes(update(inventory, { 'a.yaml': web(80) })), [])
  assert.deepEqual(changes(update(inventory, { 'a.yaml': web(81) })), ['Service/default/web 81 from a.yaml'])
  assert.deepEqual(changes(update(inventory, { 'a.yaml': '' })), ['-Service/default/web'])
  assert.deepEqual(changes(update(inventory, {})), [])
})

test('only the object that changed is told, whatever else is in its file', () => {
  const inventory = new Inventory()
  update(inventory, { 'a.yaml': web(80) + web(80, 'api') })
  assert.deepEqual(changes(update(inventory, { 'a.yaml': web(80) + web(81, 'api') })), [
    'Service/default/api 81 from a.yaml',
  ])
})

test('an object that moves to another file is never gone', () => {
  const inventory = new Inventory()
  update(inventory, { 'a.yaml': web(80) })
  const moved = update(inventory, { 'b.yaml': web(80) })
  assert.deepEqual(changes(moved), ['Service/default/web 80 from b.yaml'])
  assert.deepEqual(told(moved), [])
})

test('a file that breaks keeps what it said before, and the problem names it', () => {
  const inventory = new Inventory()
  update(inventory, { 'a.yaml': web(80), 'b.yaml': web(80, 'api') })
  const batch = update(inventory, { 'a.yaml': 'kind: [', 'b.yaml': web(81, 'api') })
  assert.deepEqual(changes(batch), ['Service/default/api 81 from b.yaml'])
  assert.equal(told(batch).length, 1)
  assert.match(
    told(batch)[0]!,
    /^a\.yaml UnreadableFile: line 1, .*what it said before stays in use: Service\/default\/web$/,
  )
  const mended = update(inventory, { 'a.yaml': web(82), 'b.yaml': web(81, 'api') })
  assert.deepEqual(changes(mended), ['Service/default/web 82 from a.yaml'])
  assert.deepEqual(told(mended), [])
})

test('a document that breaks keeps what stood there before; the others of its file change as they are told', () => {
  const inventory = new Inventory()
  update(inventory, { 'a.yaml': web(80) + web(80, 'api') })
  const batch = update(inventory, { 'a.yaml': `kind: [\n---\n${web(81, 'api')}` })
  assert.deepEqual(changes(batch), ['Service/default/api 81 from a.yaml'])
  assert.match(
    told(batch)[0]!,
    /^a\.yaml UnreadableFile: line .*; what it said before stays in use: Service\/default\/web$/,
  )
  const worse = update(inventory, { 'a.yaml': 'kind: [\n' })
  assert.deepEqual(changes(worse), [])
  assert.match(told(worse)[0]!, /stays in use: Service\/default\/api, Service\/default\/web$/)
  const mended = update(inventory, { 'a.yaml': web(81, 'api') })
  assert.deepEqual(changes(mended), ['-Service/default/web'])
  assert.deepEqual(told(mended), [])
})

test('a document that is broken from the start is told, and the others of its file are used', () => {
  const batch = update(new Inventory(), { 'a.yaml': `kind: [\n---\n${web(80)}` })
  assert.deepEqual(changes(batch), ['Service/default/web 80 from a.yaml'])
  assert.match(told(batch)[0]!, /^a\.yaml UnreadableFile: line .*; this part of the file is not used$/)
})

test('a file that is broken from the start is told to be of no use', () => {
  const batch = update(new Inventory(), { 'a.yaml': 'kind: [' })
  assert.deepEqual(changes(batch), [])
  assert.match(told(batch)[0]!, /nothing of this file is used$/)
})

test('a file that cannot be read keeps what it said, and is read again when it can be', () => {
  const inventory = new Inventory()
  update(inventory, { 'a.yaml': web(80) })
  const batch = update(inventory, { 'a.yaml': null })
  assert.deepEqual(changes(batch), [])
  assert.match(told(batch)[0]!, /UnreadableFile: EACCES: permission denied; what it said before stays/)
  assert.deepEqual(told(update(inventory, { 'a.yaml': web(80) })), [])
})

test('a broken file that is deleted takes along what it said before', () => {
  const inventory = new Inventory()
  update(inventory, { 'a.yaml': web(80) })
  update(inventory, { 'a.yaml': 'kind: [' })
  assert.deepEqual(changes(update(inventory, {})), ['-Service/default/web'])
})

test('an object that cannot be read keeps its last good state; others in its file go on', () => {
  const inventory = new Inventory()
  update(inventory, { 'a.yaml': web(80) + web(80, 'api') })
  const batch = update(inventory, { 'a.yaml': web('http') + web(81, 'api') })
  assert.deepEqual(changes(batch), ['Service/default/api 81 from a.yaml'])
  assert.deepEqual(told(batch), [
    'a.yaml UnreadableObject: expected an integer, not a text; its last good state stays in use',
  ])
  assert.deepEqual(changes(update(inventory, { 'a.yaml': web(82) + web(81, 'api') })), [
    'Service/default/web 82 from a.yaml',
  ])
})

test('an object that could never be read is not used', () => {
  const batch = update(new Inventory(), { 'a.yaml': web('http') })
  assert.deepEqual(changes(batch), [])
  assert.deepEqual(told(batch), ['a.yaml UnreadableObject: expected an integer, not a text; this object is not used'])
})

test('of an object in two files the one that worked stays, and both files are told', () => {
  const inventory = new Inventory()
  update(inventory, { 'b.yaml': web(80) })
  const batch = update(inventory, { 'a.yaml': web(81), 'b.yaml': web(80) })
  assert.deepEqual(changes(batch), [])
  assert.deepEqual(told(batch), [
    'a.yaml DuplicateObject: declared 2 times, in a.yaml, b.yaml; the one in b.yaml counts',
    'b.yaml DuplicateObject: declared 2 times, in a.yaml, b.yaml; the one in b.yaml counts',
  ])
  const settled = update(inventory, { 'a.yaml': web(81) })
  assert.deepEqual(changes(settled), ['Service/default/web 81 from a.yaml'])
  assert.deepEqual(told(settled), [])
})

test('of an object that is in two files from the start the first file by name counts', () => {
  const batch = update(new Inventory(), { 'b.yaml': web(80), 'a.yaml': web(81) })
  assert.deepEqual(changes(batch), ['Service/default/web 81 from a.yaml'])
})

test('a duplicate that cannot be read changes nothing, whichever file it is in', () => {
  const inventory = new Inventory()
  const batch = update(inventory, { 'a.yaml': web('http'), 'b.yaml': web(80) })
  assert.deepEqual(changes(batch), ['Service/default/web 80 from b.yaml'])
  assert.match(told(batch).join('\n'), /a\.yaml UnreadableObject: .*; this one is not used/)
  assert.deepEqual(changes(update(inventory, { 'a.yaml': web(79), 'b.yaml': web('http') })), [])
})

test('an object twice in one file: the first counts, and the file is told once', () => {
  const batch = update(new Inventory(), { 'a.yaml': web(80) + web(81) })
  assert.deepEqual(changes(batch), ['Service/default/web 80 from a.yaml'])
  assert.deepEqual(told(batch), ['a.yaml DuplicateObject: declared 2 times, in a.yaml; the one in a.yaml counts'])
})
